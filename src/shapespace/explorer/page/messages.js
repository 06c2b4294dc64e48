// What the page says beside its parts: refusals, loading, a server that is away.

import { Refused } from "./asking.js";
import { part } from "./parts.js";

let hideMessage;
export function say(text, seconds = 6) {
  const node = part("message");
  node.textContent = text;
  node.hidden = !text;
  clearTimeout(hideMessage);
  if (text && seconds) hideMessage = setTimeout(() => { node.hidden = true; }, 1000 * seconds);
}

export function sayAway(away) {
  part("lost").hidden = !away;
  part("lost").textContent = away ? "The explorer does not answer: it may have been stopped. The page goes on by itself once it is back." : "";
}

export function sayLoading({ wanted, arrived }) {
  const node = part("loading"), whole = Math.max(1, Math.round(wanted / 1e6));
  node.hidden = arrived >= wanted;
  node.textContent = `Loading the networks: ${Math.round(arrived / 1e6)} of ${whole} MB`;
}

/** Do something that may be refused; say why if it is. What was lost is given again, or forgotten. */
export async function tried(job, { giveAgain, forget }, second = false) {
  try {
    return await job();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (error.status !== 410) {
      if (error.status) say(error.message);
    } else if (!second && (await tried(giveAgain, { giveAgain, forget }, true))) return tried(job, { giveAgain, forget }, true);
    else forget();
    return null;
  }
}
