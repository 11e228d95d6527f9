/** Predict, then reveal: what is asked, and judging a guess. */

import { short } from "./formatting.js";
import { figure } from "./words.js";

/**
 * The question for the number of a frame.
 *
 * @param frame the frame with its numbers
 * @param name what its gradient is called: `dL/da`
 * @returns `prompt` and `answer`, as text, and `judge(text)`: `advice` where the text is no answer at all; otherwise
 *   whether it is `right`, the `guess` as it was understood, and `why` it may be wrong
 */
export function numberQuestion(frame, name) {
  const { accumulates, before, after } = frame;
  return {
    prompt: `${name} = ?` + (accumulates ? ` (${figure(before)} so far)` : ""),
    answer: `${name} = ${figure(after)}`,
    judge(text) {
      const guess = readGuess(text);
      if (Number.isNaN(guess)) return { advice: "Type a number, such as −2 or 0.5." };
      return { right: isRight(guess, after), guess: figure(guess), why: diagnosis(guess, frame) };
    },
  };
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
