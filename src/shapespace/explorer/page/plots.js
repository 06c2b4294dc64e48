// Two plots: pairs of stimuli (people against model), and where a walk is read back.

import { colour, sized } from "./paint.js";

const MARGIN = { left: 54, right: 12, top: 10, bottom: 38 };

function frame(canvas, [x0, x1], [y0, y1], across, up) {
  const { context, width, height } = sized(canvas);
  const at = (x, y) => [
    MARGIN.left + ((x - x0) / (x1 - x0 || 1)) * (width - MARGIN.left - MARGIN.right),
    height - MARGIN.bottom - ((y - y0) / (y1 - y0 || 1)) * (height - MARGIN.top - MARGIN.bottom),
  ];
  context.strokeStyle = colour("line");
  context.fillStyle = colour("soft");
  context.lineWidth = 1;
  for (const x of ticks(x0, x1)) {
    const [u] = at(x, y0);
    line(context, [u, height - MARGIN.bottom], [u, height - MARGIN.bottom + 4]);
    context.textAlign = "center";
    context.fillText(label(x), u, height - MARGIN.bottom + 17);
  }
  for (const y of ticks(y0, y1)) {
    const [, v] = at(x0, y);
    line(context, [MARGIN.left, v], [width - MARGIN.right, v]);
    context.textAlign = "right";
    context.fillText(label(y), MARGIN.left - 6, v + 4);
  }
  context.textAlign = "center";
  context.fillText(across, (width + MARGIN.left) / 2, height - 4);
  context.save();
  context.translate(12, (height - MARGIN.bottom) / 2);
  context.rotate(-Math.PI / 2);
  context.fillText(up, 0, 0);
  context.restore();
  return { context, at };
}

function ticks(low, high) {
  const rough = (high - low) / 4 || 1, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find(k => k * power >= rough) * power, found = [];
  for (let value = Math.ceil(low / step) * step; value <= high + step / 1e6; value += step) found.push(value);
  return found;
}

const label = value => String(Number(value.toPrecision(3))).replace("-", "−");

function line(context, from, to) {
  context.beginPath();
  context.moveTo(...from);
  context.lineTo(...to);
  context.stroke();
}

/** Draw what was read back against what was asked, for the feature of a walk and the others. */
export function walkPlot(canvas, facts) {
  const own = facts.asked[facts.feature], names = Object.keys(facts.read_back);
  const all = [...own, ...names.flatMap(name => facts.read_back[name])], low = Math.min(...all), high = Math.max(...all);
  const { context, at } = frame(canvas, [own[0], own.at(-1)], [low, high], `asked along ${facts.feature}, units of the space`, "read back");
  context.setLineDash([4, 4]);
  context.strokeStyle = colour("soft");
  line(context, at(own[0], own[0]), at(own.at(-1), own.at(-1)));
  context.setLineDash([]);
  for (const name of names) {
    const mine = name === facts.feature;
    context.strokeStyle = context.fillStyle = colour(mine ? "accent" : "second");
    context.lineWidth = mine ? 2.5 : 1.2;
    context.beginPath();
    facts.read_back[name].forEach((value, i) => (i ? context.lineTo(...at(own[i], value)) : context.moveTo(...at(own[i], value))));
    context.stroke();
    if (mine) facts.read_back[name].forEach((value, i) => { context.beginPath(); context.arc(...at(own[i], value), 3, 0, 7); context.fill(); });
    else {
      context.textAlign = "right";
      const [x, y] = at(own.at(-1), facts.read_back[name].at(-1));
      context.fillText(name, x, y - 5);
    }
  }
}

/** The pairs of stimuli as dots. */
export class PairPlot {
  constructor(canvas, { onPoint, onChoose }) {
    Object.assign(this, { canvas, onPoint, onChoose, chosen: -1, pairs: null, row: -1 });
    canvas.addEventListener("pointermove", event => this.#point(this.#near(event)));
    canvas.addEventListener("click", event => { this.#point(this.#near(event)); if (this.chosen >= 0) onChoose(this.chosen); });
    canvas.addEventListener("keydown", event => this.#key(event));
    new ResizeObserver(() => this.draw()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
  }

  show(pairs) {
    this.pairs = pairs;
    this.order = pairs.human.map((_, i) => i).sort((a, b) => pairs.human[a] - pairs.human[b] || pairs.distance[a] - pairs.distance[b]);
    this.chosen = -1;
    this.draw();
  }

  /** Mark the pairs that a stimulus is part of. */
  mark(row) {
    if (row === this.row) return;
    this.row = row;
    this.draw();
  }

  draw() {
    const { pairs } = this;
    if (!pairs || !this.canvas.clientWidth) return;
    const far = pairs.distance, low = Math.min(...far), high = Math.max(...far);
    const { context, at } = frame(this.canvas, [0, 4], [low, high], "people: dissimilarity (0 alike to 4 not at all)", "model: distance of codes");
    this.spots = pairs.human.map((value, i) => at(value, far[i]));
    const dot = (i, radius) => { context.beginPath(); context.arc(...this.spots[i], radius, 0, 7); context.fill(); };
    context.fillStyle = colour("soft");
    context.globalAlpha = 0.32;
    this.spots.forEach((_, i) => dot(i, 2.2));
    context.globalAlpha = 1;
    context.fillStyle = colour("second");
    pairs.held_out.forEach((held, i) => { if (held) dot(i, 2.8); });
    context.fillStyle = colour("accent");
    this.spots.forEach((_, i) => { if (pairs.first[i] === this.row || pairs.second[i] === this.row) dot(i, 3.4); });
    if (this.chosen >= 0) {
      context.strokeStyle = colour("ink");
      context.lineWidth = 2;
      context.beginPath();
      context.arc(...this.spots[this.chosen], 7, 0, 7);
      context.stroke();
    }
  }

  #near(event) {
    if (!this.spots) return -1;
    const box = this.canvas.getBoundingClientRect(), x = event.clientX - box.left, y = event.clientY - box.top;
    let found = -1, best = 18;
    this.spots.forEach((spot, i) => {
      const far = Math.hypot(spot[0] - x, spot[1] - y);
      if (far < best) { best = far; found = i; }
    });
    return found;
  }

  #point(i) {
    if (i === this.chosen || i < 0) return;
    this.chosen = i;
    this.onPoint(i);
    this.draw();
  }

  #key(event) {
    if (!this.pairs) return;
    const step = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageUp: 50, PageDown: -50 }[event.key];
    if (step) {
      const now = this.chosen < 0 ? (step > 0 ? -1 : this.order.length) : this.order.indexOf(this.chosen);
      this.#point(this.order[Math.min(this.order.length - 1, Math.max(0, now + step))]);
    } else if (event.key === "Enter" && this.chosen >= 0) this.onChoose(this.chosen);
    else return;
    event.preventDefault();
  }
}
