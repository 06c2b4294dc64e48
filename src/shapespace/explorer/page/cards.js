// What is drawn when the hand rests: the start drawing, the way between two, the walk, the pairs.

import * as answers from "./answers.js";
import { Latest } from "./asking.js";
import { paint } from "./paint.js";
import { part, strip } from "./parts.js";
import { PairPlot, walkPlot } from "./plots.js";
import { about, between, book, pictures, rowOf, run, state, stimuli } from "./present.js";
import { firstState, spotOf } from "./state.js";

const N_BETWEEN = 9;
const said = value => value.toFixed(2).replace("-", "−");

/** Make the cards; `tried` does what may be refused, the other actions change the state. */
export function makeCards(map, { tried, changed, walkTo }) {
  const startCard = new Latest(async () => {
    const found = await tried(() => answers.start(state.run, { ...spotOf(state), point: null }));
    if (!found) return;
    ["clean", "given", "redrawn"].forEach((name, i) => paint(part(`start-${name}`), found.pictures[i]));
    const { seen, nearest_codes: codes } = found.facts, notes = book.notes(state.start);
    part("start-facts").textContent = `${rowOf.has(state.start) ? `${run().stand_in ? "A stand-in drawing, " : ""}${seen} by this run` : `Your sketch${notes.length ? ` (${notes.join("; ")})` : ""}`}. Nearest codes: ${codes.map(one => one.name).join(", ")}.`;
  });

  const walkCard = new Latest(async () => {
    if (!state.feature || state.share !== null) return;
    const found = await tried(() => answers.walk(state.run, { spot: spotOf(state), feature: state.feature }));
    if (!found) return;
    const { facts } = found, own = facts.read_back[facts.feature], slope = (own.at(-1) - own[0]) / (facts.amounts.at(-1) - facts.amounts[0]);
    strip(part("walk-strip"), found.pictures, facts.amounts.map(a => `${facts.feature} ${a >= 0 ? "+" : "−"}${Math.abs(a).toFixed(2)}`), facts.off, i => walkTo(facts.points[i]));
    walkPlot(part("walk-plot"), facts);
    part("walk-plot").setAttribute("aria-label", `Read-back of the walk along ${facts.feature}: ${slope.toFixed(2)} units for each one asked.`);
    part("walk-facts").textContent = `From the present drawing, 1.5 standard deviations either way: ${said(slope)} units are read back for each one asked (dashed: as asked; thin: the other features). One drawing proves little; “shapespace draw walk” judges many.`;
  });

  const betweenCard = new Latest(async () => {
    const asked = structuredClone(between()), both = Boolean(asked.first && asked.last); // as it was when it was asked
    part("between").hidden = !both;
    part("between-help").hidden = both;
    for (const [name, id] of [["first", "a"], ["last", "b"]]) {
      const found = asked[name] && (await tried(() => answers.draw(state.run, { spot: asked[name] })));
      paint(part(`pin-${id}`), found?.pictures[0] ?? null);
      part(`pin-${id}`).classList.toggle("none", !asked[name]);
      part(`pin-${id}`).setAttribute("aria-label", `${name === "first" ? "First" : "Second"} pick: ${asked[name] ? `from ${asked[name].start}` : "none yet"}`);
    }
    map.path = [];
    const found = both && (await tried(() => answers.between(state.run, { ...asked, n_steps: N_BETWEEN })));
    if (found) {
      map.path = found.facts.points;
      strip(part("between-strip"), found.pictures, found.pictures.map((_, i) => `${Math.round((100 * i) / (N_BETWEEN - 1))} % of the way`), found.facts.off, i => changed({ share: i / (N_BETWEEN - 1) }));
      const far = found.facts.off.filter(one => one > 99).length;
      part("between-facts").textContent = far ? `${far} of ${N_BETWEEN} drawings lie off the data (dashed).` : "All of the way lies on the data.";
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

  /** Show the stimuli and the ratings as the present run sees them. */
  async function showRun(onPictures) {
    const now = state.run;
    if (!pictures[now]) {
      const found = await tried(() => answers.stimuli(now));
      if (!found) return;
      pictures[now] = found.pictures;
    }
    const pairs = await tried(() => answers.pairs(now));
    if (now !== state.run) return;
    Object.assign(map, { pictures: pictures[now], inks: [], groundKey: "", seen: run().seen });
    map.draw();
    onPictures();
    if (!pairs) return;
    pairPlot.show(pairs);
    pairPlot.mark(rowOf.get(state.start) ?? -1);
    const tau = value => (value === null ? "undefined" : said(value));
    part("pairs-facts").textContent = `Kendall's tau-b ${tau(pairs.tau)} over ${pairs.human.length} pairs${pairs.n_held_out ? `, ${tau(pairs.tau_held_out)} over the ${pairs.n_held_out} whose two drawings the run never saw (orange)` : ""}; 0 is chance. Blue: pairs with the start drawing.${pairs.stand_in ? " The drawings are stand-ins for those that people rated." : ""} Intervals, ceiling and baselines: “shapespace evaluate”.`;
  }

  return { startCard, walkCard, betweenCard, pairPlot, showRun };
}
