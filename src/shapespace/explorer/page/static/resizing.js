// Resizing grey pictures as the server's libraries do, to the rounding of a grey level.
// A picture is { width, height, grey }, its values row by row.

/** Pillow's `resize` of bytes: averages over areas where it shrinks, cubic curves where it grows. */
export function resized({ width, height, grey }, toWidth, toHeight, shrinking) {
  const kind = shrinking ? { reach: 0.5, weight: x => (x > -0.5 && x <= 0.5 ? 1 : 0) } : { reach: 2, weight: x => cubic(x, -0.5) };
  const across = passed(grey, width, height, toWidth, pillowTaps(width, toWidth, kind));
  return { width: toWidth, height: toHeight, grey: turned(passed(turned(across, toWidth, height), height, toWidth, toHeight, pillowTaps(height, toHeight, kind)), toHeight, toWidth) };
}

/** Weights in 22 bits, as Pillow has them, so that its bytes come out. */
function pillowTaps(from, to, { reach, weight }) {
  const scale = from / to, stretch = Math.max(1, scale), far = reach * stretch;
  return Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * scale, low = Math.max(0, Math.trunc(centre - far + 0.5)), high = Math.min(from, Math.trunc(centre + far + 0.5));
    const raw = Array.from({ length: high - low }, (_, k) => weight((k + low - centre + 0.5) / stretch)), sum = raw.reduce((a, b) => a + b, 0);
    return { low, weights: raw.map(value => Math.trunc((value / sum) * 2 ** 22 + (value < 0 ? -0.5 : 0.5)) / 2 ** 22) };
  });
}

const cubic = (x, a) => {
  x = Math.abs(x);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
};

/** One pass along the rows: every new value a weighted sum of old ones, rounded to a byte. */
function passed(grey, width, height, toWidth, taps) {
  const found = new Uint8Array(toWidth * height);
  for (let y = 0; y < height; y++) taps.forEach(({ low, weights }, x) => {
    let sum = 0.5;
    for (let k = 0; k < weights.length; k++) sum += weights[k] * grey[y * width + low + k];
    found[y * toWidth + x] = Math.max(0, Math.min(255, Math.floor(sum)));
  });
  return found;
}

export function turned(grey, width, height) {
  const found = new grey.constructor(grey.length);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) found[x * height + y] = grey[y * width + x];
  return found;
}

/** OpenCV's INTER_AREA (where it shrinks), and its INTER_LINEAR and INTER_CUBIC (where it grows). */
export function openCv({ width, height, grey }, toWidth, toHeight, kind) {
  const across = summed(grey, width, height, toWidth, cvTaps(width, toWidth, kind));
  const values = turned(summed(turned(across, toWidth, height), height, toWidth, toHeight, cvTaps(height, toHeight, kind)), toHeight, toWidth);
  return { width: toWidth, height: toHeight, grey: grey instanceof Uint8Array ? Uint8Array.from(values, rounded) : values };
}

/** To the nearest whole number, halves to the even one. */
export function rounded(value) {
  const floor = Math.floor(value), left = value - floor;
  return left === 0.5 ? floor + (floor % 2) : Math.floor(value + 0.5);
}

function cvTaps(from, to, kind) {
  const scale = from / to;
  return Array.from({ length: to }, (_, i) => {
    if (kind === "area") return areaTaps(from, i * scale, scale);
    const at = (i + 0.5) * scale - 0.5, low = Math.floor(at), left = at - low;
    return kind === "linear" ? { low, weights: [1 - left, left] } : { low: low - 1, weights: [1 + left, left, 1 - left, 2 - left].map(x => cubic(x, -0.75)) };
  });
}

function areaTaps(from, start, scale) {
  const end = Math.min(start + scale, from), low = Math.floor(start + 1e-3), weights = [];
  for (let i = low; i < end - 1e-3; i++) weights.push((Math.min(i + 1, end) - Math.max(i, start)) / (end - start));
  return { low, weights };
}

/** As `passed`, but beyond the edge its pixels go on, and nothing is rounded. */
function summed(grey, width, height, toWidth, taps) {
  const found = new Float32Array(toWidth * height);
  for (let y = 0; y < height; y++) taps.forEach(({ low, weights }, x) => {
    let sum = 0;
    for (let k = 0; k < weights.length; k++) sum += weights[k] * grey[y * width + Math.max(0, Math.min(width - 1, low + k))];
    found[y * toWidth + x] = sum;
  });
  return found;
}
