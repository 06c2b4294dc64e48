// A plane through the space: two axes, not always at right angles, and back to the space.

const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);

export const plus = (a, b, times = 1) => a.map((value, i) => value + times * b[i]);

export const distance = (a, b) => Math.hypot(...a.map((value, i) => value - b[i]));

export { dot };

export class Plane {
  constructor(across, up) {
    this.across = across;
    this.up = up;
    // The shortest step of the space that moves one coordinate of the plane and holds the other.
    const aa = dot(across, across), bb = dot(up, up), ab = dot(across, up);
    const det = aa * bb - ab * ab;
    this.flat = det < 1e-6;
    this.stepAcross = this.flat ? across : across.map((a, i) => (bb * a - ab * up[i]) / det);
    this.stepUp = this.flat ? across.map(() => 0) : up.map((b, i) => (aa * b - ab * across[i]) / det);
  }

  /** Where a point of the space lies on the plane. */
  of(point) { return [dot(this.across, point), dot(this.up, point)]; }

  /** The point of the space nearest to `point` that lies at a place of the plane. */
  moved(point, place) {
    const [x, y] = this.of(point);
    return plus(plus(point, this.stepAcross, place[0] - x), this.stepUp, place[1] - y);
  }
}
