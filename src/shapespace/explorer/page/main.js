// The page: what changes its state, and what is drawn when it has changed.

import * as answers from "./answers.js";
import { Latest } from "./asking.js";
import { makeCards } from "./cards.js";
import { listen, makeControls, showCaption, showControls, showFacts } from "./controls.js";
import { MapView } from "./map.js";
import { say, sayAway, sayLoading, tried as triedOr } from "./messages.js";
import { paint } from "./paint.js";
import { part } from "./parts.js";
import { about, book, history, rowOf, run, space, state, stimuli, take, wanted } from "./present.js";
import { spotOf, toHash } from "./state.js";

const REST_AFTER = 160; // milliseconds without movement until the slower parts are drawn

let shown = null; // facts of the drawing on the page
let shownPicture = null;

const tried = job => triedOr(job, { giveAgain: () => book.giveAgain(), forget: forgetSketch });

function forgetSketch() {
  say("The sketch of this page is no longer kept; give it again.", 8);
  for (const spot of [state, state.first, state.last]) if (spot && !rowOf.has(spot.start)) Object.assign(spot, { start: run().start, point: null });
  book.forget();
  setTimeout(() => { redraw(); rest(); });
}

// The drawing at the present point

const picture = new Latest(async (asked, since) => {
  const found = await tried(() => answers.draw(state.run, asked));
  if (!found) return;
  shown = found.facts;
  shownPicture = found.pictures[0];
  paint(part("picture"), shownPicture);
  map.point = shown.point;
  map.draw();
  showFacts(shown, pick);
  if (since) performance.measure("input to picture", { start: since, end: performance.now() });
});
const otherPicture = new Latest(async asked => {
  const found = state.other < 0 ? null : await tried(() => answers.draw(state.other, asked));
  if (found) paint(part("other-picture"), found.pictures[0]);
});
const shading = new Latest(async () => {
  if (!map.point || !part("map").clientWidth) return;
  const grid = map.grid(), found = await tried(() => answers.shade(state.run, { spot: spotOf(state), ...grid }));
  if (found) map.setShading(found.bytes, grid.n_columns);
});

let restTimer;
function redraw(since = 0) {
  showControls(map);
  cards.pairPlot.mark(map.from);
  picture.ask(wanted(), since);
  if (state.other >= 0) otherPicture.ask(wanted());
  restSoon(rest);
}

function restSoon(job) {
  clearTimeout(restTimer);
  restTimer = setTimeout(job, REST_AFTER);
}

/** What is drawn when the hand rests. */
function rest() {
  picture.ask({ ...wanted(), again: true }, 0);
  cards.startCard.ask();
  cards.walkCard.ask();
  cards.betweenCard.ask();
  shading.ask();
}

/** Draw everything anew, as for another run. */
function showAll() {
  map.setAxes(state.across, state.up);
  map.view = [...state.view];
  showCaption();
  cards.showRun(() => { if (shown) showFacts(shown, pick); });
  redraw(performance.now());
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

/** Go to a drawing of the walk, which is made from the present one. */
function walkTo(point) {
  moveTo(point, performance.now());
  changed({ policy: "anchor" });
}

function pick(name) {
  changed({ start: name, point: null, policy: "anchor", rest: state.rest.map(() => 0), share: null, noise: 0 });
}

function restore(hash) {
  if (hash === null) return;
  const { view } = state;
  take(hash);
  state.view = view;
  showAll();
  keepAddress();
}

const map = new MapView(part("map"), part("tip"), about, {
  onMove: point => moveTo(point, performance.now()),
  onDone: commit,
  onPick: row => pick(stimuli[row].name),
  onView: () => { state.view = [...map.view]; keepAddress(); restSoon(() => shading.ask()); },
});
map.point = space.middle;
const cards = makeCards(map, { tried, changed, walkTo });
const actions = { tried, change, changed, commit, moveTo, pick, redraw, restore, showAll, shownPicture: () => shownPicture };

makeControls(map, actions);
listen(map, actions);
answers.onAway(away => { sayAway(away); if (!away) { redraw(); rest(); } });
answers.onLoading(sayLoading);
window.addEventListener("hashchange", () => { if (location.hash !== toHash(state)) { take(location.hash); showAll(); commit(); } });
window.addEventListener("resize", () => restSoon(rest));
showAll();
keepAddress();
document.documentElement.dataset.ready = "";
