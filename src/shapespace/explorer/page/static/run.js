// A run that answers in the browser as `shapespace.explorer.opened.OpenRun` does on a server.

import { dot, minus, plus, times } from "./algebra.js";
import { torchRand } from "./chance.js";
import { Codes } from "./codes.js";
import { arraysOf } from "./loading.js";
import { Network } from "./network.js";
import { Graph, pathBetween } from "./paths.js";
import { svgOf } from "./vector.js";

const N_KEPT = 64; // codes of start drawings
const N_FINE = 33; // codes on a way of which a share is asked
const SKETCH = "sketch:";

/** Load what is needed of a run but its networks, which are loaded when they are first asked. */
export async function openRun(files, number, { sketches, turns }) {
  const folder = `data/${number}`;
  const [facts, bytes] = await Promise.all([files.json(`${folder}/run.json`), files.bytes(`${folder}/arrays.bin`)]);
  return new Run(facts, arraysOf(bytes, facts.arrays), new Network(files, folder, facts.side, turns), sketches);
}

export class Run {
  constructor(facts, arrays, network, sketches) {
    Object.assign(this, { facts, arrays, network, sketches, kept: new Map() });
    this.codes = new Codes(facts, arrays);
    this.graph = () => (this.joined ??= new Graph(arrays));
  }

  // From a spot to a code

  /** The drawing a spot starts from, grey values in [0, 1]. */
  startPicture({ start }) {
    if (start.startsWith(SKETCH)) return this.sketches.picture(start, this.facts.side);
    return greys(this.arrays.stimuli, this.facts.names.indexOf(start));
  }

  /** The same as the encoder is given it, with its noise. */
  given(spot) {
    const clean = this.startPicture(spot);
    if (!spot.noise) return clean;
    const half = Math.fround(Math.fround(spot.noise) / 2), rest = Math.fround(1 - half);
    return torchRand(clean.length, spot.seed).map((draw, i) => (draw > rest ? 1 : draw < half ? 0 : clean[i]));
  }

  async startCode(spot, urgent) {
    const { start, noise, seed } = spot, key = JSON.stringify([start, noise, seed]), row = this.facts.names.indexOf(start);
    if (row >= 0 && !noise) return this.codes.stimulus(row);
    if (!this.kept.has(key)) {
      if (this.kept.size >= N_KEPT) this.kept.delete(this.kept.keys().next().value);
      this.kept.set(key, await this.network.encode(this.given(spot), urgent));
    }
    return this.kept.get(key);
  }

  async code(spot, urgent = false) {
    const start = spot.policy === "anchor" || !spot.point ? await this.startCode(spot, urgent) : null;
    return spot.point ? this.codes.at(spot.point, spot, start) : plus(start, this.codes.rest(spot.rest));
  }

  async way({ first, last, path }, n, urgent = false) {
    return pathBetween(await this.code(first, urgent), await this.code(last, urgent), n, path, this.graph);
  }

  /** The code of what shall be drawn: of a spot, or of a share of the way between two. */
  async codeOf({ spot, between, share = 0 }, urgent = false) {
    if (spot) return this.code(spot, urgent);
    if (between.path === "linear") {
      const [first, last] = await this.way(between, 2, urgent);
      return plus(first, minus(last, first), share);
    }
    const fine = await this.way(between, N_FINE, urgent), at = share * (N_FINE - 1), low = Math.min(Math.floor(at), N_FINE - 2);
    return plus(fine[low], minus(fine[low + 1], fine[low]), at - low);
  }

  // What is shown; the same facts as the server's

  stimuli() { return { pictures: this.facts.names.map((_, i) => this.#shown(greys(this.arrays.stimuli, i))) }; }

  async draw(asked) {
    const urgent = !asked.again, code = await this.codeOf(asked, urgent), picture = await this.network.decode(code, urgent);
    const point = this.codes.coordinates(code);
    const facts = { point: [...point], nearest: this.codes.nearest(point), ...this.codes.off(code) };
    if (asked.again) facts.again = [...this.codes.coordinates(await this.network.encode(picture))];
    return { facts, pictures: [this.#shown(picture)] };
  }

  async start(spot) {
    const clean = this.startPicture(spot), given = this.given(spot), code = await this.startCode(spot), row = this.facts.names.indexOf(spot.start);
    const point = this.codes.coordinates(code), redrawn = await this.network.decode(code);
    const facts = {
      seen: row < 0 ? "a sketch, never seen" : this.facts.seen[row],
      point: [...point],
      nearest: this.codes.nearest(point),
      nearest_codes: this.codes.nearestCodes(code, spot.start),
      ...this.codes.off(code),
    };
    return { facts, pictures: [clean, given, redrawn].map(picture => this.#shown(picture)) };
  }

  async between({ n_steps: n = 9, ...asked }) {
    const codes = await this.way(asked, n), pictures = [];
    for (const code of codes) pictures.push(this.#shown(await this.network.decode(code)));
    const facts = { points: codes.map(code => [...this.codes.coordinates(code)]), off: codes.map(code => this.codes.farthest(code)) };
    return { facts, pictures };
  }

  async walk({ spot, feature }) {
    const { amounts: known, directions } = this.facts, amounts = known[feature], direction = directions[feature];
    const start = await this.code(spot), step = times(this.arrays.typical, direction), origin = this.codes.coordinates(start);
    const codes = amounts.map(amount => plus(start, step, amount)), asked = amounts.map(amount => plus(origin, direction, amount));
    const pictures = [], back = [];
    for (const code of codes) {
      pictures.push(await this.network.decode(code));
      back.push(this.codes.coordinates(await this.network.encode(pictures.at(-1))));
    }
    const middle = asked[(asked.length - 1) / 2];
    const along = points => Object.fromEntries(Object.entries(directions).map(([name, way]) => [name, points.map(point => dot(minus(point, middle), way))]));
    const facts = {
      feature, amounts, read_back: along(back), asked: along(asked),
      points: asked.map(point => [...point]), off: codes.map(code => this.codes.farthest(code)),
    };
    return { facts, pictures: pictures.map(picture => this.#shown(picture)) };
  }

  async shade(plane) {
    const start = plane.spot.policy === "anchor" ? await this.startCode(plane.spot) : null;
    return { bytes: this.codes.shading(plane, start) };
  }

  async codeFile({ again, ...asked }) {
    const code = await this.codeOf(asked), { name, space } = this.facts;
    return { run: name, space, asked, coordinates: [...this.codes.coordinates(code)], ...this.codes.off(code), code: [...code] };
  }

  async svg(asked) {
    return svgOf(await this.network.decode(await this.codeOf(asked)), this.facts.side, `Drawn by the run ${this.facts.name}`);
  }

  #shown(picture) {
    return { side: this.facts.side, grey: Uint8Array.from(picture, value => Math.fround(Math.fround(value * 255) + 0.5)) };
  }
}

/** One picture of many that are kept as bytes or as grey values. */
function greys({ columns, values }, i) {
  const picture = values.subarray(i * columns, (i + 1) * columns);
  return values instanceof Uint8Array ? Float32Array.from(picture, grey => grey / 255) : picture;
}
