// What the page knows and shows at present: one state, and everything on the page drawn from it.

import * as answers from "./answers.js";
import { SketchBook } from "./sketchbook.js";
import { History, fromHash, spotOf, toHash } from "./state.js";

export const about = await answers.about();
export const { space, stimuli } = about;
export const rowOf = new Map(stimuli.map((one, row) => [one.name, row]));
export const book = new SketchBook();
export const pictures = []; // of the stimuli, by run

const knows = start => rowOf.has(start) || book.has(start);

export let state = fromHash(location.hash, about, knows);
export const history = new History(toHash(state, { withView: false }));

/** Take the state from an address. */
export function take(hash) { state = fromHash(hash, about, knows); }

export const run = () => about.runs[state.run];
export const pictureOf = name => pictures[state.run]?.[rowOf.get(name)];
export const between = () => ({ first: state.first, last: state.last, path: state.path });
export const wanted = () => (state.share === null ? { spot: spotOf(state) } : { between: between(), share: state.share });

/** The drawing to be pinned; one on the way between two is kept by its place, which can be named. */
export function pinned(point) {
  const spot = spotOf(structuredClone(state));
  return state.share === null ? spot : { ...spot, point: [...point], policy: "neighbours" };
}
