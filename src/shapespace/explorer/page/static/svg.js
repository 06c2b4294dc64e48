// SVG drawings from anyone, written anew from what was understood; see `shapespace.data.svg`.

import { Refused } from "../asking.js";

const SVG = "http://www.w3.org/2000/svg";
const READ = "urn:drawing"; // while it is read, so that nothing in it is taken for a part of this page
const MAX_BYTES = 5 * 2 ** 20;
const MAX_DEPTH = 100;
const MAX_ELEMENTS = 50_000;
const MAX_ASPECT = 100;
const REFUSED = {
  script: "it holds a script",
  foreignObject: "it embeds a foreign object, such as a web page",
  image: "it embeds another image",
  feImage: "it embeds another image",
  filter: "it uses a filter effect, which a line drawing does not need",
  pattern: "it uses a fill pattern, which a line drawing does not need",
  text: "it holds text, which looks different on every machine: turn text into paths first",
};
const LEFT_OUT = ["animate", "animateTransform", "animateMotion", "animateColor", "set", "metadata"];
const PIXELS = { px: 1, pt: 4 / 3, pc: 16, mm: 96 / 25.4, cm: 96 / 2.54, in: 96 };

const refused = why => new Refused(422, `This file cannot be used: ${why}.`);

/** A drawing as safe SVG whose longer side has so many pixels: { width, height, svg }. */
export function drawable(text, longest) {
  if (text.length > MAX_BYTES) throw refused("the SVG is larger than 5 MB");
  if (/<!ENTITY/i.test(text)) throw refused("the SVG declares entities; save it as plain SVG");
  if (/<\?xml-stylesheet/.test(text)) throw refused("the SVG refers to a style sheet outside the file");
  const read = new DOMParser().parseFromString(text.replaceAll(SVG, READ), "text/xml");
  if (read.querySelector("parsererror")) throw refused("the SVG is not well-formed");
  const root = read.documentElement;
  if (root.localName !== "svg" || ![null, READ].includes(root.namespaceURI)) throw refused("the file is XML, but not an SVG drawing");
  const clean = document.implementation.createDocument(null, "svg"), made = clean.documentElement;
  copy(root, made, { depth: 1, count: 0 });
  const { width, height, box } = sizeOf(root), factor = longest / Math.max(width, height);
  const [w, h] = [width, height].map(one => Math.max(1, Math.round(one * factor)));
  for (const [name, value] of [["viewBox", box], ["width", w], ["height", h]]) made.setAttribute(name, value);
  return { width: w, height: h, svg: new XMLSerializer().serializeToString(clean).replace("<svg", `<svg xmlns="${SVG}"`) };
}

/** Copy what a drawing needs; refuse what could act or fetch. */
function copy(from, to, { depth, count }) {
  if (depth > MAX_DEPTH) throw refused(`the SVG nests its elements more than ${MAX_DEPTH} deep`);
  for (const { localName, namespaceURI, value } of from.attributes) {
    checkAttribute(localName, value);
    if (localName === "href") to.setAttribute("href", value);
    else if (namespaceURI === null) to.setAttribute(localName, value);
  }
  if (from.localName === "style") checkStyle(from.textContent);
  for (const child of from.childNodes) {
    if (child.nodeType === Node.TEXT_NODE || child.nodeType === Node.CDATA_SECTION_NODE) to.append(child.data);
    if (child.nodeType !== Node.ELEMENT_NODE || ![null, READ].includes(child.namespaceURI) || LEFT_OUT.includes(child.localName)) continue;
    if (REFUSED[child.localName]) throw refused(REFUSED[child.localName]);
    if (++count > MAX_ELEMENTS) throw refused(`the SVG has more than ${MAX_ELEMENTS} elements`);
    const made = to.ownerDocument.createElementNS(null, child.localName);
    count = copy(child, made, { depth: depth + 1, count });
    to.append(made);
  }
  return count;
}

function checkAttribute(name, value) {
  if (name.toLowerCase().startsWith("on")) throw refused("it holds a script");
  if (name === "href" && !value.trim().startsWith("#")) throw refused(`it refers to something outside the file (${value.trim().slice(0, 60)})`);
  checkStyle(value);
}

/** Refuse style that reaches outside the file, also when it is disguised by escapes. */
function checkStyle(style) {
  if (/@import|url\(\s*['"]?\s*[^#'"\s]/i.test(style)) throw refused("its style refers to something outside the file");
  if (style.includes("\\")) throw refused("its style uses escapes, which can hide a reference");
}

/** Width, height and view box; the size in the file wins over that of the box. */
function sizeOf(root) {
  let [width, height] = ["width", "height"].map(side => pixels(root.getAttribute(side)));
  const box = root.getAttribute("viewBox"), numbers = box?.trim().split(/[\s,]+/).map(Number);
  if (numbers && (numbers.length !== 4 || !numbers.every(Number.isFinite))) throw refused(`the SVG has a view box that is no four numbers (${box})`);
  if (numbers && (!width || !height)) [width, height] = numbers.slice(2);
  if (!width || !height) throw refused("the SVG has no size: give it a viewBox, or a width and a height");
  if (!(width / height <= MAX_ASPECT && height / width <= MAX_ASPECT)) throw refused(`the SVG is ${width} by ${height}, more than ${MAX_ASPECT} times longer than wide`);
  return { width, height, box: box ?? `0 0 ${width} ${height}` };
}

/** A length in pixels at 96 dpi; null where it depends on a page around it. */
function pixels(text) {
  const match = /^\s*([0-9.]+(?:e[-+]?[0-9]+)?)\s*(px|pt|pc|mm|cm|in)?\s*$/i.exec(text ?? "");
  return match && Number.isFinite(Number(match[1])) ? Number(match[1]) * (PIXELS[match[2]] ?? 1) : null;
}
