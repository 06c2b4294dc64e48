// Files of the site, and how much of them has arrived.

import { Refused } from "../asking.js";

const ROOT = new URL("../", import.meta.url);

export class Files {
  /** `about` names the sizes of all files; `onArrived` is told the bytes asked for and arrived. */
  constructor(about, onArrived = () => {}) {
    Object.assign(this, { about, onArrived, wanted: 0, arrived: 0 });
  }

  async json(path) { return (await this.#fetched(path)).json(); }

  async bytes(path) {
    const size = this.about.sizes[path] ?? 0, found = new Uint8Array(size);
    let at = 0;
    this.#count(size, 0);
    try {
      for (const reader = (await this.#fetched(path)).body.getReader(); ;) {
        const { done, value } = await reader.read();
        if (done) break;
        found.set(value, at);
        at += value.length;
        this.#count(0, value.length);
      }
      if (at !== size) throw lost(path);
      return found;
    } catch (error) {
      this.#count(-size, -at); // nobody waits for it any more
      throw error instanceof Refused ? error : lost(path);
    }
  }

  #count(wanted, arrived) {
    this.wanted += wanted;
    this.arrived += arrived;
    this.onArrived(this.wanted, this.arrived);
  }

  /** What a server or the browser has kept of an earlier site is not taken for a part of this one. */
  async #fetched(path) {
    let answer;
    try { answer = await fetch(new URL(`${path}?${this.about.stamp}`, ROOT)); } catch { throw lost(path); }
    if (!answer.ok) throw lost(path);
    return answer;
  }
}

const lost = path => new Refused(500, `A part of this page could not be loaded (${path}). Load the page anew.`);

/** The arrays of a run, by name, as matrices of one column where they have one dimension. */
export function arraysOf(bytes, index) {
  const kinds = { uint8: Uint8Array, int32: Int32Array, float32: Float32Array, float64: Float64Array };
  return Object.fromEntries(Object.entries(index).map(([name, { type, shape, start }]) => {
    const size = shape.reduce((a, b) => a * b, 1), [rows, ...rest] = shape, columns = rest.reduce((a, b) => a * b, 1);
    return [name, { rows, columns, values: new kinds[type](bytes.buffer, start, size) }];
  }));
}

/** The description of the site; asked for anew each time, since the rest is known by its stamp. */
export async function description() {
  let answer;
  try { answer = await fetch(new URL("data/about.json", ROOT), { cache: "no-cache" }); } catch { throw lost("data/about.json"); }
  if (!answer.ok) throw lost("data/about.json");
  return answer.json();
}
