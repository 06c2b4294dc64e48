// The present drawing, its code and its place, as files.

import * as answers from "./answers.js";
import { paint } from "./paint.js";
import { make } from "./parts.js";

const SIDE = 512; // of a saved PNG, in pixels

/** Save what is wanted, or the picture on the page, under the name of the run. */
export async function saveAs(what, { run, name: title, wanted, picture }) {
  if (!picture) return;
  const name = `shapespace-${title.replace(/[^\w-]+/g, "-")}`;
  if (what === "png") {
    const canvas = document.createElement("canvas");
    paint(canvas, picture, SIDE);
    canvas.toBlob(blob => save(`${name}.png`, blob));
  } else if (what === "svg") save(`${name}.svg`, await answers.svg(run, wanted), "image/svg+xml");
  else {
    const found = await answers.code(run, wanted);
    if (what === "code") save(`${name}.json`, `${JSON.stringify(found, null, 2)}\n`, "application/json");
    else save(`${name}.csv`, table(found), "text/csv");
  }
}

function table({ run, space, coordinates, off_code: code, off_place: place }) {
  const names = ["run", "space", ...coordinates.map((_, i) => `d${i}`), "off_code", "off_place"];
  return `${names.join()}\n${[run, space].map(text => `"${text.replaceAll('"', '""')}"`).join()},${[...coordinates, code, place].join()}\n`;
}

function save(name, content, type) {
  const blob = content instanceof Blob ? content : new Blob([content], { type });
  const link = make("a", { download: name, href: URL.createObjectURL(blob) });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
