/** The bar with one mark a frame, grouped by step. */

import { boxOf, find, listen, make, setAttribute, setText } from "./dom.js";

const MOST_DOTS = 32;
const KEYS = { ArrowUp: 1, ArrowDown: -1, PageUp: 10, PageDown: -10 };

/** @returns a function that shows a moment */
export function createScrubber(root, player, table) {
  const bar = find(root, ".scrubber");
  const marks = drawMarks(bar, player.records.frames);
  setAttribute(bar, "aria-valuemax", player.count);

  /** The image whose mark is nearest to the pointer. */
  function nearest({ clientX }) {
    const distances = marks.map((mark) => {
      const { left, right } = boxOf(mark);
      return Math.abs((left + right) / 2 - clientX);
    });
    return distances.indexOf(Math.min(...distances));
  }

  listen(bar, "pointerdown", (event) => {
    bar.setPointerCapture(event.pointerId);
    player.step(nearest(event) - player.at);
  });
  listen(bar, "pointermove", (event) => {
    if (bar.hasPointerCapture(event.pointerId)) player.go(nearest(event));
  });
  listen(bar, "keydown", (event) => {
    const by = KEYS[event.key];
    if (!by) return;
    event.preventDefault();
    player.step(by);
  });

  return ({ at, seen, count }) => {
    marks.forEach((mark, place) => {
      mark.className = `mark ${place === at ? "current" : place < at ? "past" : place > seen ? "unseen" : ""}`;
    });
    setText(find(root, ".position"), `${at} of ${count}`);
    setAttribute(bar, "aria-valuenow", at);
    setAttribute(bar, "aria-valuetext", `${at} of ${count}: ${table.text(at)}`);
  };
}

/** One mark for the start and one a frame, in a group a step. */
function drawMarks(bar, frames) {
  const marks = [];
  let step = null;
  for (const frame of [{ step: -1 }, ...frames]) {
    if (frame.step !== step) bar.append(make("span", { className: "step" }));
    step = frame.step;
    const group = bar.lastChild;
    marks.push(group.appendChild(make("span")));
    group.style.flexGrow = group.childElementCount;
  }
  bar.classList.toggle("dense", frames.length > MOST_DOTS);
  return marks;
}
