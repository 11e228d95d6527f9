/** Predict, then reveal: the switch, the question, the verdict and the score. */

import { find, listen, onClick, setAttribute, setText } from "./dom.js";
import { hooks } from "./hooks.js";
import { numberQuestion } from "./predict.js";

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
    settle(about(player.now().asked));
  });
  onClick(find(root, ".reveal"), () => {
    const { answer } = about(player.now().asked);
    shown += 1;
    reveal();
    say(`${answer}.`);
  });

  /** Show the frame, and say whether the guess was right; or what can be typed where it was something else. */
  function settle({ answer, judge }) {
    const { advice, right: good, guess, why } = judge(field.value);
    setAttribute(field, "aria-invalid", Boolean(advice));
    if (advice) {
      say(advice);
      return;
    }
    guessed += 1;
    right += good ? 1 : 0;
    reveal();
    say(good ? `Right: ${answer}.` : `Not quite: ${answer}, not ${guess}. ${why}`.trim(), good ? "right" : "wrong");
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

  function about(frame) {
    const name = table.gradient(frame.index + 1);
    return hooks.question(frame, nodes[frame.target].dtype, name) ?? numberQuestion(frame, name);
  }

  /** What is asked for: `dL/da = ?`, and what there is already where a gradient is added to. */
  function prompt({ asked, at, count }) {
    if (asked) return about(asked).prompt;
    return at === count ? "that was the last one." : "go on to where you were.";
  }

  return (now) => {
    button.setAttribute("aria-checked", now.predicting);
    form.hidden = !now.predicting;
    if (!now.predicting) say("");
    form.classList.toggle("idle", !now.asked);
    setText(find(form, ".prompt"), prompt(now));
    setText(find(form, ".score"), `${right} of ${guessed} right` + (shown ? `, ${shown} shown` : ""));
  };
}
