/** Predict, then reveal: what is asked, and judging a guess. */

import { short } from "./formatting.js";
import { isTensor, shapeText, shortest } from "./tensors.js";
import { figure } from "./words.js";

const PARTS = ["before", "after", "contribution", "upstream", "local"];

/**
 * What is asked about a frame: its number; of a small tensor one entry, another one in every frame; of a large tensor,
 * whose entries are not in the page, its shape.
 *
 * @param frame the frame with its numbers
 * @param dtype of those numbers, if it is a narrow one
 * @returns `kind`, "number" or "shape"; `where` the entry is, as one writes it behind a name; for a number `frame`, as
 *   it would be if there were only that entry, and for a shape the `shape`
 */
export function questionOf(frame, dtype) {
  if (!isTensor(frame.after)) {
    return { kind: "number", where: "", frame: part(frame, (number) => shortest(number, dtype)) };
  }
  const { shape, entries } = frame.after;
  if (!entries?.length) return { kind: "shape", where: "", shape };
  const place = frame.index % entries.length;
  const same = (number) => isTensor(number) && number.entries && shapeText(number) === shapeText(frame.after);
  const entry = (number) => (same(number) ? shortest(number.entries[place], number.dtype) : onlyNumber(number));
  return { kind: "number", where: `[${indices(place, shape).join(", ")}]`, frame: part(frame, entry) };
}

/** Where an entry is along each axis, from 0. */
function indices(place, shape) {
  const found = [];
  for (const size of shape.toReversed()) {
    found.unshift(place % size);
    place = Math.floor(place / size);
  }
  return found;
}

/** A frame with other numbers in place of its own. */
const part = (frame, number) => ({ ...frame, ...Object.fromEntries(PARTS.map((name) => [name, number(frame[name])])) });

/** A number that is the same for all entries; NaN for a rule, or a tensor of another shape. */
const onlyNumber = (number) => (typeof number === "number" ? number : NaN);

/** The shape that was typed, as a list of lengths: `2×3`, `2x3`, `(2, 3)`; null if it is none. */
export function readShape(text) {
  const lengths = text.match(/[0-9]+/g);
  return lengths && /^[\s()[\]0-9x×,.*]*$/i.test(text) ? lengths.map(Number) : null;
}

/** What may have gone wrong with a guess for a shape. */
export function shapeDiagnosis(guess, shape) {
  const turned = shape.length > 1 && shapeText({ shape: guess.toReversed() }) === shapeText({ shape });
  return `${turned ? "That is its transpose. " : ""}A gradient has the shape of its value.`;
}

/** The number that was typed, NaN if it is none. A comma is taken for a decimal point. */
export function readGuess(text) {
  const plain = text.trim().toLowerCase().replaceAll("−", "-").replace(",", ".");
  const named = { inf: Infinity, "+inf": Infinity, "-inf": -Infinity }[plain];
  return named ?? (plain === "" ? NaN : Number(plain));
}

/** Whether a guess is near enough: right in the digits that formulas show, or to one in a hundred. */
export function isRight(guess, answer) {
  return short(guess) === short(answer) || Math.abs(guess - answer) <= 0.01 * Math.abs(answer);
}

/** What may have gone wrong with a guess for the gradient after a frame; "" if nothing comes to mind. */
export function diagnosis(guess, frame) {
  const { before, after, contribution, upstream, local } = frame;
  const is = (number) => isRight(guess, number);
  if (frame.accumulates && is(contribution)) {
    return `${figure(contribution)} is what this frame adds; the ${figure(before)} from before is still there.`;
  }
  if (is(-after)) return "The sign is the wrong way round.";
  if (frame.op === undefined) return "";
  if (is(before + local)) return `That leaves out the upstream gradient, ${figure(upstream)}.`;
  return is(before + upstream) ? `That leaves out the local derivative, ${figure(local)}.` : "";
}
