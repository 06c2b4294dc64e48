// The page: one state, and everything on it drawn from that state.

import { Latest, Refused, getFrame, getJson, onAway, postFrame } from "./api.js";
import { MapView } from "./map.js";
import { paint } from "./paint.js";
import { chips, fillSelect, part, setSlider, slider, strip } from "./parts.js";
import { distance, dot, plus } from "./plane.js";
import { PairPlot, walkPlot } from "./plots.js";
import { saveAs } from "./saving.js";
import { SketchBook, takeSketches } from "./sketchbook.js";
import { History, firstState, fromHash, spotOf, toHash } from "./state.js";

const POLICIES = {
  neighbours: "A blend of the nearest stimuli, moved to this very point.",
  anchor: "The start drawing, changed as training drawings change where the point does.",
  conditional: "The average of what the run was trained with at this point.",
  sample: "That average, and the deviation of a training drawing drawn by chance.",
};
const REST_AFTER = 160; // milliseconds without movement until the slower parts are drawn

const about = await getJson("api/about");
const { space, stimuli } = about;
const rowOf = new Map(stimuli.map((one, row) => [one.name, row]));
const book = new SketchBook();
const pictures = []; // of the stimuli, by run
let state = fromHash(location.hash, about, knows);
const history = new History(toHash(state, { withView: false }));
let shown = null; // facts of the drawing on the page
let shownPicture = null;

function knows(start) { return rowOf.has(start) || book.has(start); }

const here = (what, run = state.run) => `api/runs/${run}/${what}`;
const pictureOf = name => pictures[state.run]?.[rowOf.get(name)];
const between = () => ({ first: state.first, last: state.last, path: state.path });
const wanted = () => (state.share === null ? { spot: spotOf(state) } : { between: between(), share: state.share });

// Messages

let hideMessage;
function say(text, seconds = 6) {
  const node = part("message");
  node.textContent = text;
  node.hidden = !text;
  clearTimeout(hideMessage);
  if (text && seconds) hideMessage = setTimeout(() => { node.hidden = true; }, 1000 * seconds);
}

onAway(away => {
  part("lost").hidden = !away;
  part("lost").textContent = away ? "The explorer does not answer: it may have been stopped. The page goes on by itself once it is back." : "";
  if (!away) { redraw(); rest(); }
});

/** Do something that may be refused; say why if it is. */
async function tried(job, second = false) {
  try {
    return await job();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (error.status !== 410) {
      if (error.status) say(error.message);
    } else if (!second && (await tried(() => book.giveAgain(), true))) return tried(job, true);
    else forgetSketch();
    return null;
  }
}

function forgetSketch() {
  say("The sketch of this page is no longer kept; give it again.", 8);
  for (const spot of [state, state.first, state.last]) if (spot && !rowOf.has(spot.start)) Object.assign(spot, { start: about.runs[state.run].start, point: null });
  book.forget();
  setTimeout(() => { redraw(); rest(); });
}

// The drawing at the present point

const picture = new Latest(async (asked, since) => {
  const found = await tried(() => postFrame(here("draw"), asked));
  if (!found) return;
  shown = found.facts;
  shownPicture = found.pictures[0];
  paint(part("picture"), shownPicture);
  map.point = shown.point;
  map.draw();
  showFacts();
  if (since) performance.measure("input to picture", { start: since, end: performance.now() });
});
const otherPicture = new Latest(async asked => {
  const found = state.other < 0 ? null : await tried(() => postFrame(here("draw", state.other), asked));
  if (found) paint(part("other-picture"), found.pictures[0]);
});

let restTimer;
function redraw(since = 0) {
  showControls();
  picture.ask(wanted(), since);
  if (state.other >= 0) otherPicture.ask(wanted());
  clearTimeout(restTimer);
  restTimer = setTimeout(rest, REST_AFTER);
}

/** What is drawn when the hand rests. */
function rest() {
  picture.ask({ ...wanted(), again: true }, 0);
  startPart.ask();
  walkPart.ask();
  betweenPart.ask();
  shadePart.ask();
}

const shadePart = new Latest(async () => {
  if (!map.point || !part("map").clientWidth) return;
  const grid = map.grid(), found = await tried(() => postFrame(here("shade"), { spot: spotOf(state), ...grid }));
  if (found) map.setShading(found.bytes, grid.n_columns);
});

function showFacts() {
  const off = Math.max(shown.off_code, shown.off_place), far = off > 99, facts = part("facts");
  facts.replaceChildren();
  const flag = document.createElement("span");
  flag.className = far ? "flag" : "";
  flag.textContent = far ? "Off the data: " : "On the data: ";
  facts.append(flag, far ? "farther than nearly all training drawings." : `farther than ${Math.floor(off)} % of the training drawings.`);
  if (shown.again) facts.append(` Read back ${distance(shown.again, shown.point).toFixed(2)} from the point.`);
  chips(part("nearest"), shown.nearest, pictureOf, pick);
  part("spoken").textContent = shown.again ? `Nearest: ${shown.nearest[0].name}. ${facts.textContent}` : part("spoken").textContent;
  for (const { name, vector, low, high } of space.features) {
    const value = dot(vector, shown.point);
    part(`feature-${name}`).min = Math.min(low, value);
    part(`feature-${name}`).max = Math.max(high, value);
    setSlider(`feature-${name}`, value);
  }
}

// Changing the state

/** Change the state while a hand moves. */
function change(changes, since = performance.now()) {
  Object.assign(state, changes);
  redraw(since);
}

/** Keep the present state: in the address, and to be undone. */
function commit() {
  history.commit(toHash(state, { withView: false }));
  keepAddress();
}

function keepAddress() {
  window.history.replaceState(null, "", toHash(state));
  part("undo").disabled = !history.past.length;
  part("redo").disabled = !history.future.length;
}

const changed = changes => { change(changes); commit(); };

function moveTo(point, since) {
  const away = rowOf.has(state.start) || state.policy === "anchor" ? state.policy : "neighbours";
  change({ point, policy: away, share: null }, since);
  map.point = point;
  map.draw();
}

function pick(name) {
  changed({ start: name, point: null, policy: "anchor", rest: state.rest.map(() => 0), share: null, noise: 0 });
}

function restore(hash) {
  if (hash === null) return;
  const view = state.view;
  state = fromHash(hash, about, knows);
  state.view = view;
  everything();
  keepAddress();
}

// Parts of the page

const map = new MapView(part("map"), part("tip"), about, {
  onMove: point => moveTo(point, performance.now()),
  onDone: commit,
  onPick: row => pick(stimuli[row].name),
  onView: () => { state.view = [...map.view]; keepAddress(); clearTimeout(restTimer); restTimer = setTimeout(() => shadePart.ask(), REST_AFTER); },
});
map.point = space.middle;

const startPart = new Latest(async () => {
  const found = await tried(() => postFrame(here("start"), { ...spotOf(state), point: null }));
  if (!found) return;
  ["clean", "given", "redrawn"].forEach((name, i) => paint(part(`start-${name}`), found.pictures[i]));
  const { seen, nearest_codes: codes } = found.facts, notes = book.notes(state.start);
  part("start-facts").textContent = `${rowOf.has(state.start) ? `${about.runs[state.run].stand_in ? "A stand-in drawing, " : ""}${seen} by this run` : `Your sketch${notes.length ? ` (${notes.join("; ")})` : ""}`}. Nearest codes: ${codes.map(one => one.name).join(", ")}.`;
});

const walkPart = new Latest(async () => {
  if (!state.feature || state.share !== null) return;
  const found = await tried(() => postFrame(here("walk"), { spot: spotOf(state), feature: state.feature }));
  if (!found) return;
  const { facts } = found, own = facts.read_back[facts.feature], slope = (own.at(-1) - own[0]) / (facts.amounts.at(-1) - facts.amounts[0]);
  strip(part("walk-strip"), found.pictures, facts.amounts.map(a => `${facts.feature} ${a >= 0 ? "+" : "−"}${Math.abs(a).toFixed(2)}`), facts.off, i => { moveTo(facts.points[i], performance.now()); state.policy = "anchor"; redraw(); commit(); });
  walkPlot(part("walk-plot"), facts);
  part("walk-plot").setAttribute("aria-label", `Read-back of the walk along ${facts.feature}: ${slope.toFixed(2)} units for each one asked.`);
  part("walk-facts").textContent = `From the present drawing, 1.5 standard deviations either way: ${slope.toFixed(2).replace("-", "−")} units are read back for each one asked (dashed: as asked; thin: the other features). One drawing proves little; “shapespace draw walk” judges many.`;
});

const betweenPart = new Latest(async () => {
  const both = Boolean(state.first && state.last);
  part("between").hidden = !both;
  part("between-help").hidden = both;
  for (const [name, id] of [["first", "a"], ["last", "b"]]) {
    const found = state[name] && (await tried(() => postFrame(here("draw"), { spot: state[name] })));
    paint(part(`pin-${id}`), found?.pictures[0] ?? null);
    part(`pin-${id}`).classList.toggle("none", !state[name]);
    part(`pin-${id}`).setAttribute("aria-label", `${name === "first" ? "First" : "Second"} pick: ${state[name] ? `from ${state[name].start}` : "none yet"}`);
  }
  map.path = [];
  if (both) {
    const n = 9, found = await tried(() => postFrame(here("between"), { ...between(), n_steps: n }));
    if (found) {
      map.path = found.facts.points;
      strip(part("between-strip"), found.pictures, found.pictures.map((_, i) => `${Math.round((100 * i) / (n - 1))} % of the way`), found.facts.off, i => changed({ share: i / (n - 1) }));
      const far = found.facts.off.filter(one => one > 99).length;
      part("between-facts").textContent = far ? `${far} of ${n} drawings lie off the data (dashed).` : "All of the way lies on the data.";
    }
  }
  map.draw();
});

const pairPlot = new PairPlot(part("pairs"), {
  onPoint: i => {
    const { first, second, human, distance: far, held_out: held } = pairPlot.pairs;
    part("pair").textContent = `${stimuli[first[i]].name} and ${stimuli[second[i]].name}: people ${human[i].toFixed(2)}, model ${far[i].toFixed(2)}${held[i] ? " (both held out)" : ""}`;
  },
  onChoose: i => {
    const { first, second } = pairPlot.pairs, spot = row => ({ ...spotOf(firstState(about)), start: stimuli[row].name, policy: "anchor" });
    changed({ first: spot(first[i]), last: spot(second[i]), share: 0.5 });
  },
});

async function loadRun() {
  const run = state.run;
  if (!pictures[run]) {
    const found = await tried(() => getFrame(here("stimuli")));
    if (!found) return;
    pictures[run] = found.pictures;
  }
  const pairs = await tried(() => getJson(here("pairs")));
  if (run !== state.run) return;
  Object.assign(map, { pictures: pictures[run], inks: [], groundKey: "", seen: about.runs[run].seen });
  map.draw();
  if (shown) chips(part("nearest"), shown.nearest, pictureOf, pick);
  if (!pairs) return;
  pairPlot.show(pairs);
  pairPlot.mark(rowOf.get(state.start) ?? -1);
  const said = value => (value === null ? "undefined" : value.toFixed(2).replace("-", "−"));
  part("pairs-facts").textContent = `Kendall's tau-b ${said(pairs.tau)} over ${pairs.human.length} pairs${pairs.n_held_out ? `, ${said(pairs.tau_held_out)} over the ${pairs.n_held_out} whose two drawings the run never saw (orange)` : ""}; 0 is chance. Blue: pairs with the start drawing.${pairs.stand_in ? " The drawings are stand-ins for those that people rated." : ""} Intervals, ceiling and baselines: “shapespace evaluate”.`;
}

// Controls

function showControls() {
  for (const name of ["run", "other", "across", "up", "category", "feature", "path"]) part(name).value = state[name];
  part("other-figure").hidden = state.other < 0;
  part("picture-run").textContent = about.runs[state.run].name + (state.share === null ? "" : `, ${Math.round(100 * state.share)} % of the way`);
  part("other-run").textContent = about.runs[state.other]?.name ?? "";
  const start = part("start");
  for (const option of [...start.querySelectorAll("[data-sketch]")]) option.remove();
  for (const id of book.ids()) start.prepend(Object.assign(document.createElement("option"), { value: id, textContent: "your sketch" }));
  for (const option of start.options) if (!rowOf.has(option.value)) option.dataset.sketch = "";
  start.value = state.start;
  for (const radio of document.querySelectorAll("[name=policy]")) radio.checked = radio.value === state.policy;
  part("policy-help").textContent = POLICIES[state.policy];
  part("again").hidden = state.policy !== "sample";
  state.rest.forEach((value, i) => setSlider(`rest-${i}`, value));
  setSlider("noise", state.noise, `${Math.round(100 * state.noise)} %`);
  setSlider("share", state.share ?? 0, `${Math.round(100 * (state.share ?? 0))} %`);
  map.category = state.category;
  map.from = rowOf.get(state.start) ?? -1;
  map.link = state.point === null && state.share === null;
  pairPlot.mark(map.from);
}

function showCaption() {
  const run = about.runs[state.run], drawings = `${stimuli.length} ${run.stand_in ? "stand-in drawings" : "drawings"}`;
  const fit = run.map === "trained" ? "The run was trained to place drawings there." : `Where the run reads a drawing is by a linear map, fitted from its codes to this space (R² ${run.map_r2.toFixed(2)} on stimuli left out of the fit).`;
  part("map-caption").textContent = `${drawings} where people's ratings put them; ${space.name}. Hatched: off the data.`;
  part("map-about").textContent = `${fit} A dotted line leads from the start drawing to where the run reads it. Hatching grows from the 90th percentile of the training drawings and is full beyond all of them; it holds for the plane through the present point.`;
}

function everything() {
  map.setAxes(state.across, state.up);
  map.view = [...state.view];
  showCaption();
  loadRun();
  redraw(performance.now());
}

function setUp() {
  const options = about.runs.map((run, i) => [String(i), run.name]);
  fillSelect(part("run"), options, state.run);
  fillSelect(part("other"), [["-1", "none"], ...options], state.other);
  part("other-label").hidden = about.runs.length < 2;
  const axes = space.axes.map((axis, i) => [String(i), axis.name]);
  fillSelect(part("across"), axes, state.across);
  fillSelect(part("up"), axes, state.up);
  const categories = [...new Set(stimuli.map(one => one.category))].filter(Boolean);
  fillSelect(part("category"), [["", "all"], ...categories.map(name => [name, name])], state.category);
  const groups = (categories.length ? categories : [""]).map(name => Object.assign(document.createElement("optgroup"), { label: name || "stimuli" }));
  for (const one of stimuli) (groups[Math.max(0, categories.indexOf(one.category))]).append(new Option(one.name, one.name));
  part("start").replaceChildren(...groups);
  fillSelect(part("feature"), space.features.map(one => [one.name, one.name]), state.feature);
  part("features").replaceChildren(...space.features.map(one => slider({
    id: `feature-${one.name}`, name: one.name, low: one.low, high: one.high, ends: one.ends,
    onInput: value => { const from = map.point; moveTo(plus(from, one.step, value - dot(one.vector, from)), performance.now()); setSlider(`feature-${one.name}`, value); },
    onDone: commit,
  })));
  part("rest").replaceChildren(...about.runs[state.run].rest.map((share, i) => slider({
    id: `rest-${i}`, name: `${i + 1}`, low: -about.reach_rest, high: about.reach_rest,
    onInput: value => change({ rest: state.rest.map((old, k) => (k === i ? value : old)), share: null }),
    onDone: commit,
  })));
}

function listen() {
  const on = (id, event, job) => part(id).addEventListener(event, job);
  on("run", "change", event => {
    const run = Number(event.target.value);
    changed({ run, other: state.other === run ? state.run : state.other });
    everything();
  });
  on("other", "change", event => { const other = Number(event.target.value); changed({ other: other === state.run ? -1 : other }); });
  for (const [name, twin] of [["across", "up"], ["up", "across"]]) on(name, "change", event => {
    const before = state[name], now = Number(event.target.value);
    Object.assign(state, { [name]: now, view: [0, 0, 1] }, state[twin] === now ? { [twin]: before } : {});
    map.setAxes(state.across, state.up);
    map.view = [0, 0, 1];
    if (map.plane.flat) say("These two axes point the same way, so the map shows one of them only.");
    redraw();
    commit();
  });
  on("category", "change", event => { changed({ category: event.target.value }); map.draw(); });
  on("in", "click", () => { map.zoom(1.4); map.onView(); });
  on("out", "click", () => { map.zoom(1 / 1.4); map.onView(); });
  on("whole", "click", () => map.whole());
  on("pan", "click", event => {
    map.panning = !map.panning;
    event.target.setAttribute("aria-pressed", map.panning);
    part("map").classList.toggle("panning", map.panning);
  });
  for (const radio of document.querySelectorAll("[name=policy]")) radio.addEventListener("change", () => changed({ policy: radio.value, point: state.point ?? map.point, share: null }));
  on("again", "click", () => changed({ seed: (state.seed + 1) % 2 ** 31 }));
  on("rest-zero", "click", () => changed({ rest: state.rest.map(() => 0) }));
  on("start", "change", event => pick(event.target.value));
  on("noise", "input", event => change({ noise: Number(event.target.value), ...(state.point === null ? {} : { policy: "anchor", share: null }) }));
  on("noise", "change", commit);
  on("go", "click", () => changed({ point: null, policy: "anchor", share: null }));
  on("set-a", "click", () => changed({ first: pinned() }));
  on("set-b", "click", () => changed({ last: pinned(), share: state.first ? 1 : null }));
  on("unpin", "click", () => changed({ first: null, last: null, share: null }));
  on("share", "input", event => change({ share: Number(event.target.value) }));
  on("share", "change", commit);
  on("path", "change", event => changed({ path: event.target.value }));
  on("feature", "change", event => changed({ feature: event.target.value }));
  on("undo", "click", () => restore(history.undo()));
  on("redo", "click", () => restore(history.redo()));
  on("link", "click", async () => {
    part("export").open = false;
    const sketch = rowOf.has(state.start) ? "" : " The sketch does not travel with it.";
    try { await navigator.clipboard.writeText(location.href); say(`The link is on the clipboard.${sketch}`); }
    catch { say(`The browser allows no copying; take the link from the address bar.${sketch}`); }
  });
  for (const button of document.querySelectorAll("[data-save]")) button.addEventListener("click", () => { part("export").open = false; tried(() => saveAs(button.dataset.save, { run: about.runs[state.run].name, path: here, wanted: wanted(), picture: shownPicture })); });
  document.addEventListener("click", event => { if (!part("export").contains(event.target)) part("export").open = false; });
  document.addEventListener("keydown", event => {
    if (event.key === "Escape") part("export").open = false;
    if (!(event.ctrlKey || event.metaKey) || part("pad").open) return;
    const key = event.key.toLowerCase();
    if (key !== "z" && key !== "y") return;
    event.preventDefault();
    restore(key === "y" || event.shiftKey ? history.redo() : history.undo());
  });
  window.addEventListener("hashchange", () => { if (location.hash !== toHash(state)) { state = fromHash(location.hash, about, knows); everything(); commit(); } });
  window.addEventListener("resize", () => { clearTimeout(restTimer); restTimer = setTimeout(rest, REST_AFTER); });
  takeSketches(async file => {
    const id = await tried(() => book.give(file));
    if (id) { say(""); pick(id); }
  });
}

function pinned() {
  // A drawing on the way between two is kept by its place: the nearest spot that can be named.
  return state.share === null ? spotOf(structuredClone(state)) : { ...spotOf(structuredClone(state)), point: [...map.point], policy: "neighbours" };
}

setUp();
listen();
everything();
keepAddress();
document.documentElement.dataset.ready = "";
