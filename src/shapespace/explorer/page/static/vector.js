// A drawing as an SVG of filled outlines, sharp at every size; see `shapespace.explorer.vector`.

import { outlines, simplified } from "./outlines.js";
import { openCv } from "./resizing.js";

const LEVELS = 6; // shades of grey between ink and paper
const FINER = 8; // how much finer than the pixels the outlines are traced
const WITHIN = 0.75; // how far an outline may be off, in pixels of the finer picture

export function svgOf(picture, side, title) {
  const big = openCv({ width: side, height: side, grey: picture }, side * FINER, side * FINER, "cubic").grey, wide = side * FINER;
  const paths = [];
  let darkest = 0;
  for (let i = 0; i < LEVELS; i++) {
    const level = (i + 0.5) / LEVELS, wanted = level + 0.5 / LEVELS;
    // Layers lie over one another; each brings the grey to what it would be on its own.
    const opacity = i + 1 < LEVELS ? 1 - (1 - wanted) / (1 - darkest) : 1;
    darkest = wanted;
    const rings = outlines(big.map(grey => (1 - grey > level ? 1 : 0)), wide, wide).map(line => simplified(line, WITHIN)).filter(line => line.length > 2);
    if (rings.length) paths.push(`<path fill="#000" fill-opacity="${opacity.toFixed(3)}" fill-rule="evenodd" d="${rings.map(ring).join("")}"/>`);
  }
  const escaped = title.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${side} ${side}" width="512" height="512" role="img"><title>${escaped}</title>`
    + `<rect width="${side}" height="${side}" fill="#fff"/>${paths.join("")}</svg>\n`;
}

/** Pixel centres lie half a pixel in. */
const ring = line => `M${line.map(([x, y]) => `${((x + 0.5) / FINER).toFixed(2)} ${((y + 0.5) / FINER).toFixed(2)}`).join("L")}Z`;
