// Image files from anyone, decoded by the browser; what it must not decode is refused from its first bytes.

import { Refused } from "../asking.js";
import { drawable } from "./svg.js";

const MAX_BYTES = 8 * 2 ** 20;
const MAX_PIXELS = 40e6;
const MIN_SIDE = 8;
const SIDE = 512; // the longer side of a drawn SVG
const KNOWN = { "GIF8": "a GIF", "BM": "a BMP", "II*\0": "a TIFF", "MM\0*": "a TIFF", "%PDF": "a PDF", "PK\x03\x04": "a zip archive", "\x1f\x8b": "a gzip file", "8BPS": "a Photoshop file" };

const refused = why => new Refused(422, `This file cannot be used: ${why}.`);
const DAMAGED = "it is damaged or cut short";

/** The pixels of a PNG, JPEG or SVG file: { width, height, rgba }. */
export async function pixelsOf(blob) {
  if (blob.size > MAX_BYTES) throw refused("it is larger than 8 MB. Make it smaller");
  const bytes = new Uint8Array(await blob.arrayBuffer()), head = String.fromCharCode(...bytes.subarray(0, 1024));
  if (!bytes.length) throw refused("it is empty (0 bytes)");
  if (head.startsWith("\x89PNG\r\n\x1a\n")) return decoded(blob, pngSize(bytes));
  if (head.startsWith("\xff\xd8\xff")) return decoded(blob, jpegSize(bytes));
  if (/^(\xef\xbb\xbf)?\s*</.test(head)) return drawn(new TextDecoder().decode(bytes));
  throw refused(`it is ${kind(head)}, not a PNG, JPEG or SVG image`);
}

function kind(head) {
  const known = Object.keys(KNOWN).find(start => head.startsWith(start));
  if (known) return KNOWN[known];
  if (head.startsWith("RIFF") && head.slice(8, 12) === "WEBP") return "a WebP";
  return head.includes("\0") ? "of an unknown kind" : "text";
}

/** The size that a PNG names, if all of its chunks are there. */
function pngSize(bytes) {
  const view = new DataView(bytes.buffer);
  for (let at = 8; at + 12 <= bytes.length; at += 12 + view.getUint32(at)) {
    if (view.getUint32(at + 4) === 0x49454e44) return [view.getUint32(16), view.getUint32(20)]; // IEND
  }
  throw refused(DAMAGED);
}

/** The size that a JPEG names, if it has an end. */
function jpegSize(bytes) {
  const view = new DataView(bytes.buffer);
  let end = bytes.length - 2;
  while (end > 0 && view.getUint16(end) !== 0xffd9) end--;
  for (let at = 2; at + 9 < end; at += 2 + view.getUint16(at + 2)) {
    const mark = bytes[at + 1];
    if (bytes[at] !== 0xff) break;
    if (mark >= 0xc0 && mark <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(mark)) return [view.getUint16(at + 7), view.getUint16(at + 5)];
  }
  throw refused(DAMAGED);
}

async function decoded(blob, [width, height]) {
  const size = `it has ${width} × ${height} pixels`;
  if (width * height > MAX_PIXELS) throw refused(`${size}, more than the limit of 40 million`);
  if (Math.min(width, height) < MIN_SIDE) throw refused(`${size}, too small (at least ${MIN_SIDE} × ${MIN_SIDE})`);
  let image;
  try {
    image = await createImageBitmap(blob, { colorSpaceConversion: "none", premultiplyAlpha: "none" });
  } catch { throw refused(DAMAGED); }
  return pixels(image, image.width, image.height);
}

async function drawn(text) {
  const { width, height, svg } = drawable(text, SIDE), url = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  try {
    const image = new Image(width, height);
    image.src = url;
    await image.decode();
    return pixels(image, width, height, "#fff");
  } catch { throw refused("the SVG cannot be drawn"); } finally { URL.revokeObjectURL(url); }
}

function pixels(image, width, height, paper = null) {
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  if (paper) {
    context.fillStyle = paper;
    context.fillRect(0, 0, width, height);
  }
  context.drawImage(image, 0, 0, width, height);
  return { width, height, rgba: context.getImageData(0, 0, width, height).data };
}
