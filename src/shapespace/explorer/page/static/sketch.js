// Sketches, cleaned and kept as `shapespace.explorer.sketches` does.

import { Refused } from "../asking.js";
import { around, outlines } from "./outlines.js";
import { openCv, resized, rounded } from "./resizing.js";

const SIDE = 512; // of a sketch as it is kept
const FILLS = 0.9;
const THINNEST = 1.2; // pixels of a run's pictures
const FAINTEST = 32;
const PAPER = Math.fround(0.9);
const MOST_KEPT = 32;

export class Sketches {
  constructor() { this.kept = new Map(); }

  /** Clean and keep a picture of { width, height, rgba }. */
  add(pixels) {
    const sketch = cleaned(pixels);
    this.kept.delete(sketch.id);
    this.kept.set(sketch.id, sketch);
    if (this.kept.size > MOST_KEPT) this.kept.delete(this.kept.keys().next().value);
    return sketch;
  }

  /** A sketch as a run of this side is given it, lines at least as wide as those of the stimuli. */
  picture(id, side) {
    const sketch = this.kept.get(id);
    if (!sketch) throw new Refused(410, "This sketch is no longer kept here. Give it again.");
    const wanted = (THINNEST * SIDE) / side;
    let { grey } = sketch;
    if (sketch.width < wanted) grey = darkened(grey, Math.max(2, rounded(wanted - sketch.width + 1)));
    const small = openCv({ width: SIDE, height: SIDE, grey }, side, side, "area").grey;
    return Float32Array.from(small, value => value / 255);
  }
}

function cleaned({ width, height, rgba }) {
  const { grey, flattened } = greyOf(rgba), notes = flattened ? ["put on white paper where it was transparent"] : [];
  if (isWhiteOnBlack(grey, width, height)) {
    grey.forEach((value, i) => { grey[i] = 255 - value; });
    notes.push("inverted, since it was white on black");
  }
  const square = fitted({ width, height, grey }), ink = square.reduce((a, b) => Math.min(a, b), 255), paper = median(square);
  if (paper - ink < FAINTEST) {
    throw new Refused(422, "There is no drawing on this picture: take dark lines on light paper, or the other way round.");
  }
  if (paper < 250 || ink > 64) notes.push("paper made white and ink black");
  const share = Float32Array.from(square, value => {
    const found = Math.max(0, Math.min(1, Math.fround((value - ink) / (paper - ink))));
    return found > PAPER ? 1 : found / PAPER;
  });
  const scan = centred(cutOut(share));
  return { id: `sketch:${named(scan)}`, grey: scan, notes: [...notes, "cut out, centred and scaled"], width: lineWidth(scan) };
}

/** Luminance on white paper, as Pillow rounds it, and whether anything was transparent. */
function greyOf(rgba) {
  const grey = new Uint8Array(rgba.length / 4);
  let flattened = false;
  for (let i = 0; i < grey.length; i++) {
    const alpha = rgba[4 * i + 3], on = value => (alpha === 255 ? value : Math.floor((value * alpha + 255 * (255 - alpha)) / 255 + 0.5));
    flattened ||= alpha < 255;
    grey[i] = (on(rgba[4 * i]) * 19595 + on(rgba[4 * i + 1]) * 38470 + on(rgba[4 * i + 2]) * 7471 + 0x8000) >> 16;
  }
  return { grey, flattened };
}

/** Whether both the border and most of the picture are dark. */
function isWhiteOnBlack(grey, width, height) {
  let dark = 0, darkBorder = 0;
  grey.forEach((value, i) => {
    if (value >= 128) return;
    const x = i % width, y = Math.floor(i / width);
    dark++;
    if (!x || !y || x === width - 1 || y === height - 1) darkBorder++;
  });
  return dark > grey.length / 2 && darkBorder > width + height - 2;
}

/** Shrink or enlarge to the longer side and centre on white paper. */
function fitted(picture) {
  const { width, height } = picture, factor = SIDE / Math.max(width, height);
  if (width === SIDE && height === SIDE) return picture.grey;
  return onPaper(resized(picture, Math.max(1, rounded(width * factor)), Math.max(1, rounded(height * factor)), factor < 1));
}

function onPaper({ width, height, grey }) {
  const paper = new Uint8Array(SIDE * SIDE).fill(255), left = Math.floor((SIDE - width) / 2), top = Math.floor((SIDE - height) / 2);
  for (let y = 0; y < height; y++) paper.set(grey.subarray(y * width, (y + 1) * width), (top + y) * SIDE + left);
  return paper;
}

function median(bytes) {
  const counts = new Uint32Array(256);
  for (const value of bytes) counts[value]++;
  const at = n => { let value = 0; for (let seen = counts[0]; seen <= n; seen += counts[++value]); return value; };
  return (at(bytes.length / 2 - 1) + at(bytes.length / 2)) / 2;
}

/** The part of the square that holds the ink, as bytes. */
function cutOut(share) {
  let left = SIDE, right = 0, top = SIDE, bottom = 0;
  share.forEach((value, i) => {
    if (value >= 0.5) return;
    const x = i % SIDE, y = Math.floor(i / SIDE);
    [left, right, top, bottom] = [Math.min(left, x), Math.max(right, x), Math.min(top, y), Math.max(bottom, y)];
  });
  const width = right - left + 1, height = bottom - top + 1, grey = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) grey[y * width + x] = rounded(Math.fround(share[(top + y) * SIDE + left + x] * 255));
  return { width, height, grey };
}

function centred(cut) {
  const factor = (FILLS * SIDE) / Math.max(cut.width, cut.height), [width, height] = [cut.width, cut.height].map(one => Math.max(1, rounded(one * factor)));
  return onPaper(openCv(cut, width, height, factor < 1 ? "area" : "linear"));
}

/** Twice the area of the ink by its outline: exact for long even lines. */
function lineWidth(scan) {
  const ink = scan.map(value => (value < 128 ? 1 : 0)), area = ink.reduce((a, b) => a + b, 0);
  return (2 * area) / Math.max(outlines(ink, SIDE, SIDE).reduce((sum, line) => sum + around(line), 0), 1);
}

/** Every pixel as dark as the darkest in an ellipse about it: lines, being dark, grow. */
function darkened(grey, size) {
  const found = new Uint8Array(grey.length).fill(255), half = size >> 1;
  for (const [dy, from, to] of ellipse(size)) for (let y = 0; y < SIDE; y++) {
    const v = y + dy - half;
    if (v < 0 || v >= SIDE) continue;
    for (let x = 0; x < SIDE; x++) for (let u = Math.max(0, x + from - half); u < Math.min(SIDE, x + to - half); u++) {
      if (grey[v * SIDE + u] < found[y * SIDE + x]) found[y * SIDE + x] = grey[v * SIDE + u];
    }
  }
  return found;
}

/** The rows of OpenCV's ellipse: number, first column, column behind the last. */
function ellipse(size) {
  const r = size >> 1;
  return Array.from({ length: size }, (_, i) => {
    const dy = i - r, dx = rounded(r * Math.sqrt((r * r - dy * dy) / (r * r)));
    return [i, Math.max(r - dx, 0), Math.min(r + dx + 1, size)];
  });
}

/** A name that depends on the pixels alone; FNV-1a, twice. */
function named(bytes) {
  return [0x811c9dc5, 0x01000193].map(start => {
    let hash = start;
    for (const value of bytes) hash = Math.imul(hash ^ value, 0x01000193);
    return (hash >>> 0).toString(16).padStart(8, "0");
  }).join("");
}
