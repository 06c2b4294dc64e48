// What the page shows, as a plain object; its form in the address; undo and redo.

const POLICIES = ["neighbours", "anchor", "conditional", "sample"];
const PATHS = ["linear", "spherical", "geodesic"];

export function firstState(about) {
  return {
    run: 0, other: about.runs.length > 1 ? 1 : -1,
    ...firstSpot(about),
    across: 0, up: 1, category: "",
    first: null, last: null, path: "linear", share: null,
    feature: about.space.features[0]?.name ?? "",
    view: [0, 0, 1],
  };
}

function firstSpot(about) {
  return { start: about.runs[0].start, point: null, policy: "anchor", rest: about.runs[0].rest.map(() => 0), noise: 0, seed: 0 };
}

/** The part of the state that a drawing is asked with. */
export const spotOf = state => ({
  start: state.start, point: state.point, policy: state.policy, rest: state.rest, noise: state.noise, seed: state.seed,
});

const short = value => Number(value.toFixed(4));

export function toHash(state, { withView = true } = {}) {
  const words = new URLSearchParams();
  words.set("run", state.run);
  if (state.other >= 0) words.set("beside", state.other);
  writeSpot(words, "", state);
  words.set("axes", `${state.across},${state.up}`);
  if (state.category) words.set("show", state.category);
  for (const name of ["first", "last"]) if (state[name]) writeSpot(words, `${name}-`, state[name]);
  if (state.first && state.last) {
    words.set("path", state.path);
    if (state.share !== null) words.set("share", short(state.share));
  }
  if (state.feature) words.set("feature", state.feature);
  if (withView) words.set("view", state.view.map(short).join(","));
  return `#${words}`;
}

function writeSpot(words, prefix, spot) {
  words.set(`${prefix}start`, spot.start);
  if (spot.point) words.set(`${prefix}point`, spot.point.map(short).join(","));
  words.set(`${prefix}policy`, spot.policy);
  if (spot.rest.some(Boolean)) words.set(`${prefix}rest`, spot.rest.map(short).join(","));
  if (spot.noise) words.set(`${prefix}noise`, short(spot.noise));
  if (spot.seed) words.set(`${prefix}seed`, spot.seed);
}

/** Read a state from an address; what cannot be used stays as it is at first. */
export function fromHash(hash, about, knows) {
  const state = firstState(about), words = new URLSearchParams(hash.slice(1));
  const whole = (name, low, high, otherwise) => {
    const value = words.has(name) ? Number(words.get(name)) : NaN;
    return Number.isInteger(value) && value >= low && value < high ? value : otherwise;
  };
  state.run = whole("run", 0, about.runs.length, 0);
  state.other = words.has("run") ? whole("beside", 0, about.runs.length, -1) : state.other;
  if (state.other === state.run) state.other = -1;
  Object.assign(state, readSpot(words, "", about, knows) ?? {});
  const axes = numbers(words.get("axes"), 2);
  if (axes && axes.every(axis => about.space.axes[axis]) && axes[0] !== axes[1]) [state.across, state.up] = axes;
  if (about.stimuli.some(one => one.category === words.get("show"))) state.category = words.get("show");
  for (const name of ["first", "last"]) state[name] = readSpot(words, `${name}-`, about, knows);
  if (PATHS.includes(words.get("path"))) state.path = words.get("path");
  const share = Number(words.get("share"));
  if (words.has("share") && share >= 0 && share <= 1 && state.first && state.last) state.share = share;
  if (about.space.features.some(one => one.name === words.get("feature"))) state.feature = words.get("feature");
  const view = numbers(words.get("view"), 3);
  if (view && view[2] >= 0.2 && view[2] <= 40) state.view = view;
  return state;
}

function readSpot(words, prefix, about, knows) {
  const start = words.get(`${prefix}start`);
  if (!start || !knows(start)) return null;
  const spot = { ...firstSpot(about), start };
  spot.point = numbers(words.get(`${prefix}point`), about.space.n_dims);
  if (POLICIES.includes(words.get(`${prefix}policy`))) spot.policy = words.get(`${prefix}policy`);
  const rest = numbers(words.get(`${prefix}rest`), spot.rest.length);
  if (rest) spot.rest = rest.map(value => Math.max(-about.reach_rest, Math.min(about.reach_rest, value)));
  const noise = Number(words.get(`${prefix}noise`));
  if (noise >= 0 && noise <= 1) spot.noise = noise;
  const seed = Number(words.get(`${prefix}seed`));
  if (Number.isInteger(seed) && seed >= 0 && seed < 2 ** 31) spot.seed = seed;
  return spot;
}

function numbers(text, n) {
  if (!text) return null;
  const found = text.split(",").map(Number);
  return found.length === n && found.every(value => Number.isFinite(value) && Math.abs(value) < 1e6) ? found : null;
}

/** States that can be gone back to, as addresses. */
export class History {
  constructor(now) { this.past = []; this.now = now; this.future = []; }

  commit(now) {
    if (now === this.now) return;
    this.past.push(this.now);
    if (this.past.length > 200) this.past.shift();
    this.now = now;
    this.future = [];
  }

  undo() { return this.#step(this.past, this.future); }

  redo() { return this.#step(this.future, this.past); }

  #step(from, to) {
    if (!from.length) return null;
    to.push(this.now);
    this.now = from.pop();
    return this.now;
  }
}
