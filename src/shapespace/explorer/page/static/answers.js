// Answers of the browser itself, by a worker: the same calls as those of the server, in served.js.

import { Refused } from "../asking.js";
import { pixelsOf } from "./decoding.js";
import { Files, description } from "./loading.js";

const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
const waiting = new Map(); // number of a question to what waits for its answer
const watchers = [];
const BROKEN = new Refused(500, "A part of this page could not be loaded. Load the page anew.");
let asked = 0, broken = false, opened;

worker.addEventListener("message", ({ data: { id, found, error, loading } }) => {
  if (loading) {
    for (const watcher of watchers) watcher(loading);
    return;
  }
  const { done, failed } = waiting.get(id);
  waiting.delete(id);
  if (error) failed(new Refused(error.status, error.message));
  else done(found);
});
worker.addEventListener("error", () => {
  broken = true;
  for (const { failed } of waiting.values()) failed(BROKEN);
});

function ask(call, ...words) {
  return new Promise((done, failed) => {
    if (broken) throw BROKEN;
    waiting.set(++asked, { done, failed });
    worker.postMessage({ id: asked, call, words });
  });
}

/** There is no server that could stop answering. */
export function onAway() {}

/** Call back with the bytes asked for and arrived while parts of the page are being loaded. */
export function onLoading(watcher) { watchers.push(watcher); }

export async function about() {
  opened ??= description();
  const found = await opened;
  await ask("open", found);
  return found;
}

export async function pairs(run) {
  const found = await new Files(await opened).json(`data/${run}/pairs.json`);
  if (found.error) throw new Refused(422, found.error);
  return found;
}

export const stimuli = run => ask("stimuli", run);
export const draw = (run, wanted) => ask("draw", run, wanted);
export const start = (run, spot) => ask("start", run, spot);
export const between = (run, wanted) => ask("between", run, wanted);
export const walk = (run, wanted) => ask("walk", run, wanted);
export const shade = (run, plane) => ask("shade", run, plane);
export const code = (run, wanted) => ask("codeFile", run, wanted);
export const svg = (run, wanted) => ask("svg", run, wanted);
export const giveSketch = async blob => ask("sketch", await pixelsOf(blob));
