// How far a point lies from the data, as `shapespace.walks.cloud.Cloud` has it.

import { combined, length, minus } from "./algebra.js";

export class Cloud {
  constructor(centre, whitening, usual) { Object.assign(this, { centre, whitening, usual }); }

  /** A step from the centre, its length measured as the data are spread. */
  whitened(point) { return combined(minus(point, this.centre), this.whitening); }

  /** The percentage of the data that are as far or nearer. */
  percentile(far) {
    const { usual } = this;
    let low = 0, high = usual.length; // the first that is farther
    while (low < high) {
      const middle = (low + high) >> 1;
      if (usual[middle] <= far) low = middle + 1;
      else high = middle;
    }
    return (100 * low) / usual.length;
  }

  off(point) { return this.percentile(length(this.whitened(point))); }
}
