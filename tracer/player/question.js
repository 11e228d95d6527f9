/** Predict, then reveal: the switch, the question, the verdict and the score. */

import { find, listen, onClick, setAttribute, setText } from "./dom.js";
import { diagnosis, isRight, readGuess } from "./predict.js";
import { figure } from "./words.js";

/** @returns a function that shows a moment */
export function createQuestion(root, player, table) {
  const parts = [".predict", ".question", ".guess", ".verdict"];
  const [button, form, field, verdict] = parts.map((part) => find(root, part));
  let right = 0;
  let guessed = 0;
  let shown = 0;

  onClick(button, () => {
    right = guessed = shown = 0;
    say("");
    player.predict(!player.predicting);
    ask();
  });
  listen(form, "submit", (event) => {
    event.preventDefault();
    answer(player.now().asked, readGuess(field.value));
  });
  onClick(find(root, ".reveal"), () => {
    const { asked } = player.now();
    shown += 1;
    reveal();
    say(`${result(asked)}.`);
  });

  function answer(asked, guess) {
    setAttribute(field, "aria-invalid", Number.isNaN(guess));
    if (Number.isNaN(guess)) return say("Type a number, such as −2 or 0.5.");
    const good = isRight(guess, asked.after);
    guessed += 1;
    right += good ? 1 : 0;
    reveal();
    const mistake = `Not quite: ${result(asked)}, not ${figure(guess)}. ${diagnosis(guess, asked)}`;
    return say(good ? `Right: ${result(asked)}.` : mistake.trim(), good ? "right" : "wrong");
  }

  function reveal() {
    field.value = "";
    player.reveal();
    ask();
  }

  function ask() {
    if (player.now().asked) field.focus();
  }

  function say(text, kind = "") {
    verdict.className = `verdict ${kind}`;
    setText(verdict, text);
  }

  /** What is asked for: `dL/da = ?`, and what there is already where a gradient is added to. */
  function question({ asked, at, count }) {
    if (!asked) return at === count ? "that was the last one." : "go on to where you were.";
    const soFar = ` (${figure(asked.before)} so far)`;
    return `${table.gradient(asked.index + 1)} = ?${asked.accumulates ? soFar : ""}`;
  }

  function result(frame) {
    return `${table.gradient(frame.index + 1)} = ${figure(frame.after)}`;
  }

  return (now) => {
    button.setAttribute("aria-checked", now.predicting);
    form.hidden = !now.predicting;
    if (!now.predicting) say("");
    form.classList.toggle("idle", !now.asked);
    setText(find(form, ".prompt"), question(now));
    setText(find(form, ".score"), `${right} of ${guessed} right` + (shown ? `, ${shown} shown` : ""));
  };
}
