/** The words of frames. They are in the page's table, written by Python; here only numbers are filled in. */

import { find, findAll, make, setText } from "./dom.js";
import { pictured } from "./formatting.js";
import { hooks } from "./hooks.js";

/** What the places for numbers are called in the page. */
const PLACES = { v: "value", u: "upstream", l: "local", c: "contribution", b: "before", a: "after" };

/** A number as formulas show it, one of a narrow dtype with no more digits than that has; a tensor as on its card. */
export const figure = (value, dtype) => pictured(hooks.written(value, dtype));

/**
 * Put a frame's numbers into the words about it, and show the words of the case that holds.
 *
 * @param words the element with the words
 * @param frame the frame with its numbers
 * @param holds the number of the case of the local derivative that holds
 */
export function fill(words, frame, holds) {
  for (const place of findAll(words, "[data-n]")) setText(place, figure(frame[PLACES[place.dataset.n]]));
  for (const choice of findAll(words, "[data-case]")) choice.hidden = Number(choice.dataset.case) !== holds;
}

/** Say behind a reason that a number of its frame is inf or NaN, or stop saying so. */
export function markFinite(reason, finite) {
  find(reason, ".mark")?.remove();
  if (!finite) reason.append(make("span", { className: "mark", textContent: " · not finite" }));
}

/** The words that can be seen, as one line of text. */
export function plainText(words) {
  const copy = words.cloneNode(true);
  for (const hidden of findAll(copy, "[hidden]")) hidden.remove();
  return copy.textContent.trim();
}

/** Why a number is refused, as Python says it. */
export function refusal({ node, op, operands, value }, nodes, rules) {
  const { written, domain } = rules[op];
  const given = nodes[node].inputs.map((source, slot) => {
    const { literal, name } = nodes[source];
    return (literal ? "" : `${name} = `) + figure(operands[slot]);
  });
  const overflow = Math.abs(value) === Infinity && !operands.includes(0);
  const reason = overflow || !domain ? "the result is too large for a float" : domain;
  return `${written} has no finite result for ${given.join(", ")}: ${reason}`;
}
