// Answers of the server: requests, frames of pictures, and what happens when it is away.

import { Refused } from "./asking.js";

const watchers = [];
let away = false;

/** Call back with true when the server stops answering, with false when it is there again. */
export function onAway(watcher) { watchers.push(watcher); }

/** Nothing is loaded before the server answers. */
export function onLoading() {}

export const about = () => getJson("api/about");
export const stimuli = async run => frame(await ask(of(run, "stimuli")));
export const pairs = run => getJson(of(run, "pairs"));
export const draw = (run, asked) => postFrame(of(run, "draw"), asked);
export const start = (run, spot) => postFrame(of(run, "start"), spot);
export const between = (run, asked) => postFrame(of(run, "between"), asked);
export const walk = (run, asked) => postFrame(of(run, "walk"), asked);
export const shade = (run, plane) => postFrame(of(run, "shade"), plane);
export const code = async (run, asked) => (await ask(of(run, "code"), posted(asked))).json();
export const svg = async (run, asked) => (await ask(of(run, "svg"), posted(asked))).text();
export const giveSketch = async blob => (await ask("api/sketches", { method: "POST", body: blob })).json();

const of = (run, what) => `api/runs/${run}/${what}`;
const getJson = async path => (await ask(path)).json();
const postFrame = async (path, body) => frame(await ask(path, posted(body)));
const posted = body => ({
  method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
});

function setAway(now) {
  if (away === now) return;
  away = now;
  for (const watcher of watchers) watcher(now);
  if (now) knock();
}

async function knock() {
  while (away) {
    await new Promise(done => setTimeout(done, 700));
    try {
      const answer = await fetch("api/ping");
      if (answer.ok) setAway(false);
    } catch { /* still away */ }
  }
}

async function ask(path, options) {
  let answer;
  try {
    answer = await fetch(path, options);
  } catch {
    setAway(true);
    throw new Refused(0, "The server does not answer.");
  }
  setAway(false);
  if (answer.ok) return answer;
  let error = `The server answered ${answer.status}.`;
  try { error = (await answer.json()).error; } catch { /* not ours */ }
  throw new Refused(answer.status, error);
}

/** Take apart what `picture_frame` of the server put together. */
async function frame(answer) {
  const buffer = await answer.arrayBuffer();
  const length = new DataView(buffer).getUint32(0, true);
  const facts = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const bytes = new Uint8Array(buffer, 4 + length);
  const size = facts.side * facts.side;
  const pictures = [];
  for (let i = 0; i < facts.n; i++) pictures.push({ side: facts.side, grey: bytes.subarray(i * size, (i + 1) * size) });
  return { facts, bytes, pictures };
}
