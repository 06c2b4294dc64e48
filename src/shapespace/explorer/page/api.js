// Talking to the server: requests, frames of pictures, latest-wins, and what happens when it is away.

export class Refused extends Error {
  constructor(status, message) { super(message); this.status = status; }
}

const watchers = [];
let away = false;

/** Call back with true when the server stops answering, with false when it is there again. */
export function onAway(watcher) { watchers.push(watcher); }

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

const posted = body => ({
  method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
});

export const getJson = async path => (await ask(path)).json();
export const postJson = async (path, body) => (await ask(path, posted(body))).json();
export const postText = async (path, body) => (await ask(path, posted(body))).text();
export const getFrame = async path => frame(await (await ask(path)).arrayBuffer());
export const postFrame = async (path, body) => frame(await (await ask(path, posted(body))).arrayBuffer());
export const sendFile = async blob => (await ask("api/sketches", { method: "POST", body: blob })).json();

/** Take apart what `picture_frame` of the server put together. */
function frame(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const facts = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const bytes = new Uint8Array(buffer, 4 + length);
  const size = facts.side * facts.side;
  const pictures = [];
  for (let i = 0; i < facts.n; i++) pictures.push({ side: facts.side, grey: bytes.subarray(i * size, (i + 1) * size) });
  return { facts, bytes, pictures };
}

/** Runs one job at a time; of those asked for meanwhile only the latest is done. */
export class Latest {
  constructor(job) { this.job = job; this.busy = false; this.next = null; }

  async ask(...wanted) {
    this.next = wanted;
    if (this.busy) return;
    this.busy = true;
    try {
      while (this.next) {
        const now = this.next;
        this.next = null;
        await this.job(...now);
      }
    } finally { this.busy = false; }
  }
}
