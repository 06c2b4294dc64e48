// The worker that answers: what it computes never holds up the page.

import { Files } from "./loading.js";
import { Turns } from "./network.js";
import { openRun } from "./run.js";
import { Sketches } from "./sketch.js";

const sketches = new Sketches(), turns = new Turns(), runs = [];
let files;

const calls = {
  open(about) { files = new Files(about, (wanted, arrived) => postMessage({ loading: { wanted, arrived } })); },
  sketch(pixels) { const { id, notes } = sketches.add(pixels); return { id, notes }; },
};
for (const name of ["stimuli", "draw", "start", "between", "walk", "shade", "codeFile", "svg"]) {
  calls[name] = async (number, asked) => {
    runs[number] ??= openRun(files, number, { sketches, turns });
    return (await runs[number])[name](asked);
  };
}

addEventListener("message", async ({ data: { id, call, words } }) => {
  try {
    postMessage({ id, found: await calls[call](...words) });
  } catch (error) {
    const message = error.status === undefined ? `The page failed (${error.message}). This is a mistake of ours.` : error.message;
    postMessage({ id, error: { status: error.status ?? 500, message } });
  }
});
