// The sketches of this page: given to what answers, and given again where it has forgotten them.

import { giveSketch } from "./answers.js";
import { Refused } from "./asking.js";
import { Pad } from "./pad.js";
import { part } from "./parts.js";

const KEPT = "shapespace sketch";
const MOST = 8 * 2 ** 20;

export class SketchBook {
  constructor() {
    this.sketches = new Map(); // id to { url, notes }
    const before = sessionStorage.getItem(KEPT);
    if (before) {
      const { id, url, notes } = JSON.parse(before);
      this.sketches.set(id, { url, notes });
    }
  }

  has(id) { return this.sketches.has(id); }

  ids() { return [...this.sketches.keys()].slice(-1); }

  notes(id) { return this.sketches.get(id)?.notes ?? []; }

  /** Give a file; return the id of the sketch. */
  async give(blob) {
    if (blob.size > MOST) throw new Refused(413, "This file cannot be used: it is larger than 8 MB. Make it smaller.");
    const { id, notes } = await giveSketch(blob);
    const url = await dataUrl(blob);
    this.sketches.set(id, { url, notes });
    try { sessionStorage.setItem(KEPT, JSON.stringify({ id, url, notes })); }
    catch { /* too large to be kept over a reload */ }
    return id;
  }

  /** Give all sketches once more, as after the server was started again; say whether there were any. */
  async giveAgain() {
    if (!this.sketches.size) return false;
    for (const { url } of this.sketches.values()) await giveSketch(blobOf(url));
    return true;
  }

  forget() { this.sketches.clear(); sessionStorage.removeItem(KEPT); }
}

function dataUrl(blob) {
  return new Promise((done, failed) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result);
    reader.onerror = () => failed(reader.error);
    reader.readAsDataURL(blob);
  });
}

function blobOf(url) {
  const [head, content] = url.split(",");
  const bytes = Uint8Array.from(atob(content), letter => letter.charCodeAt(0));
  return new Blob([bytes], { type: head.slice(5).split(";")[0] });
}

/** Call back with every sketch that is drawn, opened or dropped. */
export function takeSketches(take) {
  const pad = new Pad(part("pad"), take);
  part("sketch").addEventListener("click", () => pad.open());
  part("file").addEventListener("change", event => {
    const file = event.target.files[0];
    if (file) take(file);
    event.target.value = "";
  });
  const body = document.body;
  document.addEventListener("dragover", event => { event.preventDefault(); body.classList.add("dropping"); });
  document.addEventListener("dragleave", event => { if (!event.relatedTarget) body.classList.remove("dropping"); });
  document.addEventListener("drop", event => {
    event.preventDefault();
    body.classList.remove("dropping");
    const file = event.dataTransfer.files[0];
    if (file) take(file);
  });
}
