/** Predict, then reveal: the switch, the question, the verdict and the score. */

import { find, listen, onClick, setAttribute, setText } from "./dom.js";
import { diagnosis, isRight, questionOf, readGuess, readShape, shapeDiagnosis } from "./predict.js";
import { shapeText } from "./tensors.js";
import { figure } from "./words.js";

/** @returns a function that shows a moment */
export function createQuestion(root, player, table) {
  const parts = [".predict", ".question", ".guess", ".verdict"];
  const [button, form, field, verdict] = parts.map((part) => find(root, part));
  const { nodes } = player.records;
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
    const { asked } = player.now();
    if (about(asked).kind === "shape") answerShape(asked, readShape(field.value));
    else answer(asked, readGuess(field.value));
  });
  onClick(find(root, ".reveal"), () => {
    const { asked } = player.now();
    shown += 1;
    reveal();
    say(`${result(asked)}.`);
  });

  function answer(asked, guess) {
    if (refused(Number.isNaN(guess), "Type a number, such as −2 or 0.5.")) return;
    const { frame } = about(asked);
    settle(asked, isRight(guess, frame.after), figure(guess), diagnosis(guess, frame));
  }

  function answerShape(asked, guess) {
    if (refused(!guess, "Type a shape, such as 2×3.")) return;
    const { shape } = about(asked);
    const good = shapeText({ shape: guess }) === shapeText({ shape });
    settle(asked, good, shapeText({ shape: guess }), shapeDiagnosis(guess, shape));
  }

  /** Say what can be typed where it was something else. */
  function refused(wrong, advice) {
    setAttribute(field, "aria-invalid", wrong);
    if (wrong) say(advice);
    return wrong;
  }

  /** Show the frame, and say whether the guess was right. */
  function settle(asked, good, guess, why) {
    guessed += 1;
    right += good ? 1 : 0;
    reveal();
    const mistake = `Not quite: ${result(asked)}, not ${guess}. ${why}`;
    say(good ? `Right: ${result(asked)}.` : mistake.trim(), good ? "right" : "wrong");
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

  const about = (frame) => questionOf(frame, nodes[frame.target].dtype);

  /** What is asked for: `dL/da = ?`, and what there is already where a gradient is added to. */
  function question({ asked, at, count }) {
    if (!asked) return at === count ? "that was the last one." : "go on to where you were.";
    const { kind, where, frame } = about(asked);
    const gradient = table.gradient(asked.index + 1);
    if (kind === "shape") return `the shape of ${gradient} = ?`;
    const soFar = ` (${figure(frame.before)} so far)`;
    return `${gradient}${where} = ?${asked.accumulates ? soFar : ""}`;
  }

  function result(asked) {
    const { kind, where, frame, shape } = about(asked);
    const gradient = table.gradient(asked.index + 1);
    return kind === "shape" ? `${gradient} is ${shapeText({ shape })}` : `${gradient}${where} = ${figure(frame.after)}`;
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
