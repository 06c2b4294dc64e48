// Grey bytes on canvases, in the colours of the page.

const spare = document.createElement("canvas");

/** Paint a picture (0 ink to 255 paper) so that it fills a canvas; null leaves it blank.
 *  It has as many pixels as the page shows of it, unless a side is given. */
export function paint(canvas, picture, side = 0) {
  const context = canvas.getContext("2d");
  if (!picture) {
    context.clearRect(0, 0, canvas.width, canvas.height);
    return;
  }
  const wanted = side || Math.max(picture.side, Math.min(1024, Math.round(canvas.clientWidth * devicePixelRatio) || picture.side));
  if (canvas.width !== wanted) canvas.width = canvas.height = wanted;
  context.imageSmoothingQuality = "high";
  context.drawImage(greyCanvas(picture), 0, 0, wanted, wanted);
}

function greyCanvas({ side, grey }) {
  if (spare.width !== side) spare.width = spare.height = side;
  const image = new ImageData(side, side), words = new Uint32Array(image.data.buffer);
  for (let i = 0; i < grey.length; i++) words[i] = 0xff000000 | (grey[i] * 0x010101);
  spare.getContext("2d").putImageData(image, 0, 0);
  return spare;
}

/** Return a canvas with the ink of a picture in one colour and nothing where paper is. */
export function inkCanvas({ side, grey }, colour) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = side;
  const context = canvas.getContext("2d"), image = new ImageData(side, side);
  for (let i = 0; i < grey.length; i++) image.data[4 * i + 3] = 255 - grey[i];
  context.putImageData(image, 0, 0);
  context.globalCompositeOperation = "source-in";
  context.fillStyle = colour;
  context.fillRect(0, 0, side, side);
  return canvas;
}

/** Return a colour of the style sheet, such as "ink". */
export const colour = name => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/** Fit the pixels of a canvas to its place on the page; return context, width and height in CSS pixels. */
export function sized(canvas) {
  const ratio = devicePixelRatio || 1, { clientWidth: width, clientHeight: height } = canvas;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  context.font = `12px ${colour("plain")}`;
  return { context, width, height };
}
