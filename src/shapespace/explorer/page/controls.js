// The controls: made once, shown as the state is, and what each of them does.

import { chips, fillSelect, part, setSlider, slider } from "./parts.js";
import { distance, dot, plus } from "./plane.js";
import { about, book, history, pictureOf, pinned, rowOf, run, space, state, stimuli, wanted } from "./present.js";
import { say } from "./messages.js";
import { saveAs } from "./saving.js";
import { takeSketches } from "./sketchbook.js";

const POLICIES = {
  neighbours: "A blend of the nearest stimuli, moved to this very point.",
  anchor: "The start drawing, changed as training drawings change where the point does.",
  conditional: "The average of what the run was trained with at this point.",
  sample: "That average, and the deviation of a training drawing drawn by chance.",
};

/** Fill lists and make sliders. */
export function makeControls(map, { change, commit, moveTo }) {
  const options = about.runs.map((one, i) => [String(i), one.name]);
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
  part("rest").replaceChildren(...run().rest.map((share, i) => slider({
    id: `rest-${i}`, name: `${i + 1}`, low: -about.reach_rest, high: about.reach_rest,
    onInput: value => change({ rest: state.rest.map((old, k) => (k === i ? value : old)), share: null }),
    onDone: commit,
  })));
}

export function showControls(map) {
  for (const name of ["run", "other", "across", "up", "category", "feature", "path"]) part(name).value = state[name];
  part("other-figure").hidden = state.other < 0;
  part("picture-run").textContent = run().name + (state.share === null ? "" : `, ${Math.round(100 * state.share)} % of the way`);
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
}

/** What is known of the drawing on the page, and the sliders where its point is. */
export function showFacts(shown, pick) {
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

export function showCaption() {
  const { stand_in: standIn, map, map_r2: r2 } = run(), drawings = `${stimuli.length} ${standIn ? "stand-in drawings" : "drawings"}`;
  const fit = map === "trained" ? "The run was trained to place drawings there." : `Where the run reads a drawing is by a linear map, fitted from its codes to this space (R² ${r2.toFixed(2)} on stimuli left out of the fit).`;
  part("map-caption").textContent = `${drawings} where people's ratings put them; ${space.name}. Hatched: off the data.`;
  part("map-about").textContent = `${fit} A dotted line leads from the start drawing to where the run reads it. Hatching grows from the 90th percentile of the training drawings and is full beyond all of them; it holds for the plane through the present point.`;
}

const on = (id, event, job) => part(id).addEventListener(event, job);

/** Say what each control does. */
export function listen(map, actions) {
  const { change, changed, commit, pick, redraw, restore, showAll } = actions;
  listenToMap(map, actions);
  listenToPage(actions);
  on("run", "change", event => {
    const now = Number(event.target.value);
    changed({ run: now, other: state.other === now ? state.run : state.other });
    showAll();
  });
  on("other", "change", event => { const other = Number(event.target.value); changed({ other: other === state.run ? -1 : other }); });
  for (const radio of document.querySelectorAll("[name=policy]")) radio.addEventListener("change", () => changed({ policy: radio.value, point: state.point ?? map.point, share: null }));
  on("again", "click", () => changed({ seed: (state.seed + 1) % 2 ** 31 }));
  on("rest-zero", "click", () => changed({ rest: state.rest.map(() => 0) }));
  on("start", "change", event => pick(event.target.value));
  on("noise", "input", event => change({ noise: Number(event.target.value), ...(state.point === null ? {} : { policy: "anchor", share: null }) }));
  on("noise", "change", commit);
  on("go", "click", () => changed({ point: null, policy: "anchor", share: null }));
  on("set-a", "click", () => changed({ first: pinned(map.point) }));
  on("set-b", "click", () => changed({ last: pinned(map.point), share: state.first ? 1 : null }));
  on("unpin", "click", () => changed({ first: null, last: null, share: null }));
  on("share", "input", event => change({ share: Number(event.target.value) }));
  on("share", "change", commit);
  on("path", "change", event => changed({ path: event.target.value }));
  on("feature", "change", event => changed({ feature: event.target.value }));
  on("undo", "click", () => restore(history.undo()));
  on("redo", "click", () => restore(history.redo()));
}

function listenToMap(map, { changed, commit, redraw }) {
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
}

function listenToPage({ tried, pick, restore, shownPicture }) {
  const menu = part("export");
  on("link", "click", async () => {
    menu.open = false;
    const sketch = rowOf.has(state.start) ? "" : " The sketch does not travel with it.";
    try { await navigator.clipboard.writeText(location.href); say(`The link is on the clipboard.${sketch}`); }
    catch { say(`The browser allows no copying; take the link from the address bar.${sketch}`); }
  });
  for (const button of document.querySelectorAll("[data-save]")) button.addEventListener("click", () => {
    menu.open = false;
    tried(() => saveAs(button.dataset.save, { run: state.run, name: run().name, wanted: wanted(), picture: shownPicture() }));
  });
  document.addEventListener("click", event => { if (!menu.contains(event.target)) menu.open = false; });
  document.addEventListener("keydown", event => {
    if (event.key === "Escape") menu.open = false;
    if (!(event.ctrlKey || event.metaKey) || part("pad").open) return;
    const key = event.key.toLowerCase();
    if (key !== "z" && key !== "y") return;
    event.preventDefault();
    restore(key === "y" || event.shiftKey ? history.redo() : history.undo());
  });
  takeSketches(async file => {
    const id = await tried(() => book.give(file));
    if (id) { say(""); pick(id); }
  });
}
