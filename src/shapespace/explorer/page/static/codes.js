// Points to codes and back, and what lies off the data: all of a run that needs no network.

import { column, combined, distance, dot, minus, order, plus, row, times } from "./algebra.js";
import { numpyInteger } from "./chance.js";
import { Cloud } from "./cloud.js";

const N_BLENDED = 5;

export class Codes {
  constructor(facts, arrays) {
    Object.assign(this, { facts, arrays });
    const cloud = name => new Cloud(arrays[`${name}_centre`].values, arrays[`${name}_whitening`], arrays[`${name}_usual`].values);
    this.codeCloud = cloud("code");
    this.placeCloud = cloud("place");
    this.places = facts.names.map((_, i) => row(arrays.stimulus_places, i));
  }

  /** Where a code lies in the space. */
  coordinates(code) { return plus(times(this.arrays.to_space, code), this.arrays.origin.values); }

  /** The nearest code that lies at a point. */
  moved(code, point) { return plus(code, times(this.arrays.shortest, minus(point, this.coordinates(code)))); }

  stimulus(number) { return row(this.arrays.stimulus_codes, number); }

  /** The code of a point by a policy; see `shapespace.walks.points.POLICIES`. */
  at(point, { policy, seed, rest }, start) {
    return plus(this.#filled(point, policy, seed, start), this.rest(rest));
  }

  #filled(point, policy, seed, start) {
    // Small steps from the start shall show: its code changes as training codes do on average.
    if (policy === "anchor") return plus(start, times(this.arrays.typical, minus(point, this.coordinates(start))));
    if (policy === "neighbours") return this.moved(combined(blend(point, this.places), this.arrays.stimulus_codes), point);
    const mean = this.#mean(point);
    return this.moved(policy === "sample" ? plus(mean, this.#deviation(seed)) : mean, point);
  }

  /** The mean of the training codes at a point. */
  #mean(point) { return plus(times(this.arrays.slopes, point), this.arrays.mean.values); }

  /** How a training code, drawn by chance, differs from the mean at its place. */
  #deviation(seed) {
    const { training_codes: known } = this.arrays, code = row(known, numpyInteger(known.rows, seed));
    return minus(code, this.#mean(this.coordinates(code)));
  }

  /** A step of the code that leaves its place as it is. */
  rest(amounts) { return combined(amounts, this.arrays.rest); }

  /** How far a code is off the data, in percentiles: the whole of it, and its place. */
  off(code) { return { off_code: this.codeCloud.off(code), off_place: this.placeCloud.off(this.coordinates(code)) }; }

  farthest(code) { const { off_code: whole, off_place: place } = this.off(code); return Math.max(whole, place); }

  /** The stimuli that people put nearest to a point. */
  nearest(point) {
    const far = this.places.map(place => distance(point, place));
    return order(far).slice(0, this.facts.n_nearest).map(i => ({ name: this.facts.names[i], distance: far[i] }));
  }

  /** The stimuli whose codes are nearest to one, but for the start itself. */
  nearestCodes(code, start) {
    const { names, n_nearest: n } = this.facts, far = names.map((_, i) => distance(code, this.stimulus(i)));
    return order(far).filter(i => names[i] !== start).slice(0, n).map(i => ({ name: names[i], distance: far[i] }));
  }

  /** How far off the data each point of a plane is, as bytes. */
  shading({ spot, origin, right, down, n_columns: nColumns, n_rows: nRows }, start) {
    const bytes = new Uint8Array(nColumns * nRows);
    const far = spot.policy === "neighbours" ? this.#farOfBlend(spot) : this.#farOnPlane({ spot, origin, right, down }, start);
    for (let i = 0; i < bytes.length; i++) {
      const at = [i % nColumns, Math.floor(i / nColumns)];
      const point = plus(plus(origin, right, at[0]), down, at[1]);
      const off = Math.max(this.codeCloud.percentile(far(point, ...at)), this.placeCloud.off(point));
      bytes[i] = Math.floor((off / 100) * this.facts.full);
    }
    return bytes;
  }

  // Whitened codes are combinations of a few vectors, so that their lengths come from the
  // products of these alone: a code of hundreds of units need not be made for every point.

  /** How far the code of a point is; it follows the point in straight lines. */
  #farOnPlane({ spot, origin, right, down }, start) {
    const of = point => this.codeCloud.whitened(this.at(point, spot, start)), base = of(origin);
    const lengthOf = lengths([base, minus(of(plus(origin, right)), base), minus(of(plus(origin, down)), base)]);
    return (_, column, row) => lengthOf([1, column, row]);
  }

  /** The same for a blend of stimuli that is moved to the point. */
  #farOfBlend({ rest }) {
    const { whitened, read } = this.#blended(), lengthOf = lengths([this.codeCloud.whitened(this.rest(rest)), ...whitened]);
    return point => {
      const weights = blend(point, this.places), left = weights.reduce((sum, weight, i) => (weight ? plus(sum, read[i], -weight) : sum), point);
      return lengthOf([1, ...weights, ...left]);
    };
  }

  /** Stimuli, and steps along each dimension, whitened; and where the stimuli are read. */
  #blended() {
    const { shortest, origin } = this.arrays, { whitening } = this.codeCloud, stimuli = this.places.map((_, i) => this.stimulus(i));
    const steps = Array.from(origin.values, (_, dim) => column(shortest, dim));
    this.parts ??= {
      whitened: [...stimuli, ...steps].map(vector => combined(vector, whitening)),
      read: stimuli.map(code => this.coordinates(code)),
    };
    return this.parts;
  }
}

/** A function that returns the length of a combination of vectors. */
function lengths(vectors) {
  const products = vectors.map(a => Float64Array.from(vectors, b => dot(a, b)));
  return shares => {
    const some = [...shares.keys()].filter(i => shares[i]);
    let square = 0;
    for (const i of some) for (const j of some) square += shares[i] * shares[j] * products[i][j];
    return Math.sqrt(Math.max(0, square));
  };
}

/** How much each stimulus counts at a point; see `shapespace.walks.points.blend`. */
export function blend(point, places) {
  const far = places.map(place => Math.max(distance(point, place), 1e-9));
  const reach = [...far].sort((a, b) => a - b)[Math.min(N_BLENDED, far.length - 1)];
  let weights = far.map(d => Math.max(1 / d - 1 / reach, 0) ** 2);
  if (!weights.some(Boolean)) weights = far.map(d => (d <= reach ? 1 : 0));
  const sum = weights.reduce((a, b) => a + b);
  return weights.map(weight => weight / sum);
}
