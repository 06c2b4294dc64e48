// The map: stimuli on a plane through the space, the present point, what is off the data.

import { colour, inkCanvas, sized } from "./paint.js";
import { Plane } from "./plane.js";

const FULL = 200; // the byte that stands for the 100th percentile
const STEP = 0.02; // of the height of the map: what an arrow key moves the point

export class MapView {
  constructor(canvas, tip, about, { onMove, onDone, onPick, onView }) {
    Object.assign(this, { canvas, tip, about, onMove, onDone, onPick, onView });
    this.pictures = [];
    this.inks = [];
    this.hover = -1;
    this.point = null; // in the space
    this.from = -1; // row of the stimulus the drawing starts from
    this.path = [];
    this.ends = [];
    this.shading = null;
    this.category = "";
    this.panning = false;
    this.pointers = new Map();
    this.view = [0, 0, 1];
    this.setAxes(0, 1);
    this.#listen();
    new ResizeObserver(() => this.draw()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { this.inks = []; this.groundKey = ""; this.draw(); });
  }

  setAxes(across, up) {
    const { axes } = this.about.space;
    this.plane = new Plane(axes[across].vector, axes[up].vector);
    this.labels = [axes[across], axes[up]];
    this.places = this.about.stimuli.map(one => this.plane.of(one.place));
    const xs = this.places.map(p => p[0]), ys = this.places.map(p => p[1]);
    this.middle = [(Math.min(...xs) + Math.max(...xs)) / 2, (Math.min(...ys) + Math.max(...ys)) / 2];
    this.reach = [Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys)];
    this.shading = null;
  }

  // Between the plane and the screen

  get scale() {
    const { clientWidth: w, clientHeight: h } = this.canvas;
    return this.view[2] * Math.min((w - 70) / (this.reach[0] || 1), (h - 80) / (this.reach[1] || 1));
  }

  toScreen([x, y]) {
    const k = this.scale;
    return [
      this.canvas.clientWidth / 2 + (x - this.middle[0] - this.view[0]) * k,
      this.canvas.clientHeight / 2 - (y - this.middle[1] - this.view[1]) * k,
    ];
  }

  toPlane([x, y]) {
    const k = this.scale;
    return [
      (x - this.canvas.clientWidth / 2) / k + this.middle[0] + this.view[0],
      (this.canvas.clientHeight / 2 - y) / k + this.middle[1] + this.view[1],
    ];
  }

  /** The grid of points of which is asked what is off the data. */
  grid() {
    const { clientWidth: w, clientHeight: h } = this.canvas, n = [48, Math.max(8, Math.round((48 * h) / w))];
    const at = (column, row) => this.plane.moved(this.point, this.toPlane([(column * w) / (n[0] - 1), (row * h) / (n[1] - 1)]));
    const origin = at(0, 0), right = at(1, 0), down = at(0, 1);
    return {
      origin,
      right: right.map((value, i) => value - origin[i]),
      down: down.map((value, i) => value - origin[i]),
      n_columns: n[0], n_rows: Math.min(64, n[1]),
    };
  }

  setShading(bytes, columns) {
    const rows = bytes.length / columns, canvas = document.createElement("canvas");
    canvas.width = columns;
    canvas.height = rows;
    const image = new ImageData(columns, rows);
    for (let i = 0; i < bytes.length; i++) {
      const percentile = (bytes[i] * 100) / FULL;
      image.data[4 * i + 3] = 255 * Math.min(1, Math.max(0, (percentile - 90) / 10)) ** 2;
    }
    canvas.getContext("2d").putImageData(image, 0, 0);
    const [left, top] = this.toPlane([0, 0]), [right, bottom] = this.toPlane([this.canvas.clientWidth, this.canvas.clientHeight]);
    this.shading = { canvas, corners: [[left, top], [right, bottom]] };
    this.draw();
  }

  // Painting

  draw() {
    if (!this.point || !this.canvas.clientWidth) return;
    const { context, width, height } = sized(this.canvas);
    context.drawImage(this.#ground(width, height), 0, 0, width, height);
    this.#paintWay(context);
    this.#paintPoint(context);
  }

  /** What stays as it is while the point moves; painted anew only when it changes. */
  #ground(width, height) {
    const key = JSON.stringify([this.view, width, height, devicePixelRatio, this.hover, this.category, this.from, this.inks.length]);
    if (key === this.groundKey && this.groundShading === this.shading && this.groundPlane === this.plane) return this.groundCanvas;
    const ratio = devicePixelRatio || 1, canvas = new OffscreenCanvas(Math.round(width * ratio), Math.round(height * ratio));
    const context = canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.font = `12px ${colour("plain")}`;
    this.#paintShading(context, width, height);
    this.#paintLabels(context, width, height);
    this.#paintStimuli(context);
    if (this.inks.length === this.places.length) Object.assign(this, { groundKey: key, groundShading: this.shading, groundPlane: this.plane, groundCanvas: canvas });
    return canvas;
  }

  #paintShading(context, width, height) {
    if (!this.shading) return;
    const [[x0, y0], [x1, y1]] = this.shading.corners.map(corner => this.toScreen(corner));
    const layer = new OffscreenCanvas(Math.ceil(width), Math.ceil(height)), paint = layer.getContext("2d");
    paint.imageSmoothingQuality = "high";
    paint.drawImage(this.shading.canvas, x0, y0, x1 - x0, y1 - y0);
    paint.globalCompositeOperation = "source-in";
    paint.strokeStyle = colour("off");
    paint.lineWidth = 1.4;
    paint.beginPath();
    for (let x = -height; x < width; x += 9) { paint.moveTo(x, height); paint.lineTo(x + height, 0); }
    paint.stroke();
    context.globalAlpha = 0.6;
    context.drawImage(layer, 0, 0, width, height);
    context.globalAlpha = 1;
  }

  #paintLabels(context, width, height) {
    const [across, up] = this.labels;
    context.fillStyle = colour("soft");
    const words = ({ name, ends, share }) => ends ? [`${name}: ${ends[0]}`, ends[1]] : [share ? `${name} (${Math.round(100 * share)} %)` : name, ""];
    const [low, high] = words(across), [under, above] = words(up);
    context.textAlign = "left";
    context.fillText(high ? `← ${low}` : `${low} →`, 12, height - 10);
    context.textAlign = "right";
    if (high) context.fillText(`${high} →`, width - 12, height - 10);
    context.save();
    context.translate(16, height - 28);
    context.rotate(-Math.PI / 2);
    context.textAlign = "left";
    context.fillText(above ? `← ${under}` : `${under} →`, 0, 0);
    context.textAlign = "right";
    if (above) context.fillText(`${above} →`, height - 40, 0);
    context.restore();
  }

  get thumb() {
    const base = Math.min(56, Math.max(26, Math.sqrt((this.canvas.clientWidth * this.canvas.clientHeight) / this.places.length) * 0.5));
    return base * Math.min(2.2, Math.sqrt(Math.max(0.6, this.view[2])));
  }

  #paintStimuli(context) {
    const size = this.thumb, ink = colour("ink");
    if (!this.inks.length) this.inks = this.pictures.map(picture => inkCanvas(picture, ink));
    this.places.forEach((place, row) => {
      const [x, y] = this.toScreen(place);
      const faint = this.category && this.about.stimuli[row].category !== this.category;
      context.globalAlpha = faint ? 0.15 : 0.82;
      if (this.inks[row] && row !== this.hover) context.drawImage(this.inks[row], x - size / 2, y - size / 2, size, size);
    });
    context.globalAlpha = 1;
    if (this.hover >= 0 && this.inks[this.hover]) this.#paintHover(context, size * 1.5);
    if (this.from >= 0) {
      const [x, y] = this.toScreen(this.places[this.from]);
      context.strokeStyle = colour("accent");
      context.lineWidth = 1.5;
      context.beginPath();
      context.roundRect(x - size / 2 - 4, y - size / 2 - 4, size + 8, size + 8, 6);
      context.stroke();
    }
  }

  #paintHover(context, size) {
    const [x, y] = this.toScreen(this.places[this.hover]);
    context.fillStyle = colour("card");
    context.strokeStyle = colour("line");
    context.lineWidth = 1;
    context.beginPath();
    context.roundRect(x - size / 2 - 4, y - size / 2 - 4, size + 8, size + 8, 6);
    context.fill();
    context.stroke();
    context.drawImage(this.inks[this.hover], x - size / 2, y - size / 2, size, size);
  }

  #paintWay(context) {
    if (this.path.length < 2) return;
    context.strokeStyle = colour("second");
    context.lineWidth = 2;
    context.beginPath();
    this.path.map(point => this.toScreen(this.plane.of(point))).forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
    context.stroke();
    context.fillStyle = colour("second");
    for (const [label, point] of [["1", this.path[0]], ["2", this.path.at(-1)]]) {
      const [x, y] = this.toScreen(this.plane.of(point));
      context.beginPath();
      context.arc(x, y, 8, 0, 7);
      context.fill();
      context.save();
      context.fillStyle = colour("card");
      context.textAlign = "center";
      context.fillText(label, x, y + 4);
      context.restore();
    }
  }

  #paintPoint(context) {
    const [x, y] = this.toScreen(this.plane.of(this.point));
    if (this.link && this.from >= 0) {
      const [u, v] = this.toScreen(this.places[this.from]);
      context.strokeStyle = colour("accent");
      context.setLineDash([3, 4]);
      context.lineWidth = 1.5;
      context.beginPath();
      context.moveTo(u, v);
      context.lineTo(x, y);
      context.stroke();
      context.setLineDash([]);
    }
    for (const [radius, width, name] of [[9, 5, "card"], [9, 2.5, "accent"]]) {
      context.strokeStyle = colour(name);
      context.lineWidth = width;
      context.beginPath();
      context.arc(x, y, radius, 0, 7);
      context.moveTo(x - 15, y);
      context.lineTo(x - 4, y);
      context.moveTo(x + 4, y);
      context.lineTo(x + 15, y);
      context.moveTo(x, y - 15);
      context.lineTo(x, y - 4);
      context.moveTo(x, y + 4);
      context.lineTo(x, y + 15);
      context.stroke();
    }
  }

  // Hands and keys

  at(place) {
    const half = this.thumb / 2;
    let found = -1, best = half;
    this.places.forEach((other, row) => {
      if (this.category && this.about.stimuli[row].category !== this.category) return;
      const [x, y] = this.toScreen(other), far = Math.max(Math.abs(x - place[0]), Math.abs(y - place[1]));
      if (far < best) { best = far; found = row; }
    });
    return found;
  }

  #hoverOver(row) {
    if (row === this.hover) return;
    this.hover = row;
    this.tip.hidden = row < 0;
    if (row >= 0) {
      const [x, y] = this.toScreen(this.places[row]), one = this.about.stimuli[row];
      this.tip.textContent = [one.name, one.category, this.seen?.[row]].filter(Boolean).join(" · ");
      const half = this.tip.offsetWidth / 2;
      this.tip.style.left = `${Math.min(Math.max(x, half), this.canvas.clientWidth - half)}px`;
      this.tip.style.top = `${Math.max(y - this.thumb * 0.75 - 4, 24)}px`;
    }
    this.draw();
  }

  #listen() {
    const { canvas } = this;
    const where = event => { const box = canvas.getBoundingClientRect(); return [event.clientX - box.left, event.clientY - box.top]; };
    canvas.addEventListener("pointerdown", event => {
      canvas.setPointerCapture(event.pointerId);
      this.pointers.set(event.pointerId, where(event));
      if (this.pointers.size === 1) {
        const place = where(event), pan = this.panning || event.button > 0;
        this.press = { place, row: pan ? -1 : this.at(place), pan, moved: false };
        if (!pan && this.press.row < 0) this.onMove(this.plane.moved(this.point, this.toPlane(place)));
      } else this.press = null;
    });
    canvas.addEventListener("pointermove", event => {
      const place = where(event), before = this.pointers.get(event.pointerId);
      if (!before) { if (event.pointerType === "mouse") this.#hoverOver(this.at(place)); return; }
      if (this.pointers.size === 2) { this.#pinch(event.pointerId, before, place); return; }
      this.pointers.set(event.pointerId, place);
      if (!this.press) return;
      if (Math.hypot(place[0] - this.press.place[0], place[1] - this.press.place[1]) > 4) this.press.moved = true;
      if (!this.press.moved) return;
      this.#hoverOver(-1);
      if (this.press.pan) this.panBy(place[0] - before[0], place[1] - before[1]);
      else this.onMove(this.plane.moved(this.point, this.toPlane(place)));
    });
    const lift = event => {
      this.pointers.delete(event.pointerId);
      const press = this.press;
      this.press = null;
      if (!press || event.type === "pointercancel") return;
      if (press.row >= 0 && !press.moved) this.onPick(press.row);
      else if (press.pan) this.onView();
      else this.onDone();
    };
    canvas.addEventListener("pointerup", lift);
    canvas.addEventListener("pointercancel", lift);
    canvas.addEventListener("pointerleave", () => this.#hoverOver(-1));
    canvas.addEventListener("contextmenu", event => event.preventDefault());
    canvas.addEventListener("wheel", event => {
      if (!event.ctrlKey && document.activeElement !== canvas) return; // else the page scrolls
      event.preventDefault();
      this.zoom(Math.exp(-event.deltaY / 400), where(event));
      this.onView();
    }, { passive: false });
    canvas.addEventListener("keydown", event => this.#key(event));
  }

  #pinch(id, before, place) {
    const other = [...this.pointers].find(([key]) => key !== id)[1];
    const length = at => Math.hypot(at[0] - other[0], at[1] - other[1]);
    this.panBy((place[0] - before[0]) / 2, (place[1] - before[1]) / 2);
    this.zoom(length(place) / Math.max(1, length(before)), [(place[0] + other[0]) / 2, (place[1] + other[1]) / 2]);
    this.pointers.set(id, place);
    this.onView();
  }

  #key(event) {
    const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    if (event.ctrlKey || event.metaKey) return;
    if (ways[event.key]) {
      const far = this.canvas.clientHeight * STEP * (event.shiftKey ? 5 : 1);
      const [dx, dy] = ways[event.key].map(way => way * far);
      if (this.panning) { this.panBy(-dx, -dy); this.onView(); }
      else {
        const [x, y] = this.toScreen(this.plane.of(this.point));
        this.onMove(this.plane.moved(this.point, this.toPlane([x + dx, y + dy])));
        this.onDone();
      }
    } else if (["+", "="].includes(event.key)) this.#keyZoom(1.25);
    else if (["-", "_"].includes(event.key)) this.#keyZoom(0.8);
    else if (event.key === "0") this.whole();
    else return;
    event.preventDefault();
  }

  #keyZoom(factor) { this.zoom(factor); this.onView(); }

  panBy(dx, dy) {
    const k = this.scale;
    this.view = [this.view[0] - dx / k, this.view[1] + dy / k, this.view[2]];
    this.draw();
  }

  /** Zoom about a place of the screen, the middle if none is given. */
  zoom(factor, place = [this.canvas.clientWidth / 2, this.canvas.clientHeight / 2]) {
    const before = this.toPlane(place);
    this.view[2] = Math.min(40, Math.max(0.2, this.view[2] * factor));
    const after = this.toPlane(place);
    this.view = [this.view[0] + before[0] - after[0], this.view[1] + before[1] - after[1], this.view[2]];
    this.draw();
  }

  whole() { this.view = [0, 0, 1]; this.draw(); this.onView(); }
}
