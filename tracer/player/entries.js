/**
 * What the player does with tensors and narrow floats: how they are written, on cards and in words, and what is asked
 * about them. Only pages that have some have this module; see `hooks.js`.
 */

import { findAll, setText } from "./dom.js";
import { pictured } from "./formatting.js";
import { hooks } from "./hooks.js";
import { numberQuestion } from "./predict.js";
import { cells, inline, isTensor, ofType, shapeText, shortest, zeroLike } from "./tensors.js";

const PARTS = ["before", "after", "contribution", "upstream", "local"];

const written = (value, dtype) => (isTensor(value) ? inline(value) : ofType(value, dtype));

function writeEntries(card, gradient, unknown) {
  if (!isTensor(gradient)) return false;
  const texts = cells(gradient);
  findAll(card, ".grad").forEach((cell, place) => {
    const isWord = gradient.summary && place % 2 === 0;
    setText(cell, unknown && !isWord ? "?" : pictured(texts[place]));
  });
  return true;
}

/**
 * What is asked about a frame: its number; of a small tensor one entry, another one in every frame; of a large tensor,
 * whose entries are not in the page, its shape.
 */
export function question(frame, dtype, name) {
  const { after, index } = frame;
  if (!isTensor(after)) return numberQuestion(part(frame, (number) => onlyNumber(number, dtype)), name);
  const { shape, entries } = after;
  if (!entries?.length) return shapeQuestion(shape, name);
  const place = index % entries.length;
  const same = (number) => isTensor(number) && number.entries && shapeText(number) === shapeText(after);
  const entry = (number) => (same(number) ? shortest(number.entries[place], number.dtype) : onlyNumber(number));
  return numberQuestion(part(frame, entry), `${name}[${indices(place, shape).join(", ")}]`);
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
const onlyNumber = (number, dtype) => (typeof number === "number" ? shortest(number, dtype) : NaN);

function shapeQuestion(shape, name) {
  const own = shapeText({ shape });
  return {
    prompt: `the shape of ${name} = ?`,
    answer: `${name} is ${own}`,
    judge(text) {
      const guess = readShape(text);
      if (!guess) return { advice: "Type a shape, such as 2×3." };
      const typed = shapeText({ shape: guess });
      return { right: typed === own, guess: typed, why: shapeDiagnosis(guess, shape) };
    },
  };
}

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

Object.assign(hooks, { zeroLike, written, writeEntries, question });
