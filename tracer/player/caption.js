/** The formula under the graph and its reason: the words of the current row of the table. */

import { boxOf, find, findAll, make, setChildren } from "./dom.js";

// Captions that would be taller than so many lines of text are set smaller.
const MOST_LINES = 9;

/** @returns a function that shows a moment */
export function createCaption(root, table) {
  const caption = find(root, ".caption");

  function words(at) {
    const row = table.rows[at];
    const [formula, why] = findAll(row, "p").map((part) => part.cloneNode(true));
    const { place } = row.parentElement.dataset;
    if (place) why.prepend(make("span", { textContent: `${place} · ` }));
    formula.className = `formula ${row.className}`.trim();
    why.className = `why ${row.className}`.trim();
    return [formula, why];
  }

  /** Keep room for the tallest caption of all, so that nothing moves when the words change. */
  function reserve() {
    const all = table.rows.map((_, at) => make("div", {}, ...words(at)));
    const trial = make("div", { className: "caption trial" }, ...all);
    const tallest = () => Math.ceil(Math.max(...all.map((group) => boxOf(group).height)));
    trial.style.width = `${caption.clientWidth}px`;
    caption.after(trial);
    const dense = tallest() > MOST_LINES * parseFloat(getComputedStyle(trial).fontSize);
    for (const part of [trial, caption]) part.classList.toggle("dense-words", dense);
    caption.style.minHeight = `${tallest()}px`;
    trial.remove();
  }

  let width = 0;
  new ResizeObserver(() => {
    if (caption.clientWidth === width) return;
    width = caption.clientWidth;
    reserve();
  }).observe(caption);
  document.fonts.ready.then(reserve);
  return (now) => setChildren(caption, words(now.at));
}
