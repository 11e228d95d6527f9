/** The table of all products: it follows along, and its words are those of the caption. */

import { boxOf, find, findAll, make, onClick, setAttribute } from "./dom.js";
import { allFinite, caseOf } from "./engine.js";
import { fill, markFinite, plainText } from "./words.js";

/** The table. `rows[0]` is the start, `rows[at]` the row of the frame that the image `at` shows. */
export function createTable(root, player) {
  const scroll = find(root, ".scroll");
  const rows = findAll(root, "tbody tr");
  let last = {};

  rows.forEach((row, at) => {
    find(row, "th").replaceChildren(make("a", { href: `#${at}`, textContent: at }));
  });

  onClick(scroll, (event) => {
    const row = event.target.closest("a") && event.target.closest("tr");
    if (!row) return;
    event.preventDefault();
    player.step(rows.indexOf(row) - player.at);
  });

  function fillAll({ nodes, frames, output }) {
    fill(rows[0], { value: nodes[output].value }, -1);
    for (const frame of frames) {
      const row = rows[frame.index + 1];
      fill(row, frame, caseOf(nodes, player.rules, frame));
      markFinite(find(row, "p + p"), allFinite(nodes, frame));
    }
  }

  /** Scroll the table, never the page, so far that a row can be seen. */
  function follow(row) {
    const [view, place] = [boxOf(scroll), boxOf(row)];
    const top = view.top + find(scroll, "thead").offsetHeight;
    if (place.top < top || place.bottom > view.bottom) {
      scroll.scrollTop += (place.top + place.bottom - top - view.bottom) / 2;
    }
  }

  return {
    rows,

    /** What a row says, as one line of text. */
    text: (at) => plainText(find(rows[at], "p")),

    /** The gradient that a row assigns: `dL/da`. */
    gradient: (at) => find(rows[at], "p > span").textContent.replace(/ \+?=$/, ""),

    show(now) {
      // Where the page cannot compute, the words stand as Python wrote them.
      if (!player.records.fixed && now.frames !== last.frames) fillAll(now);
      rows.forEach((row, at) => {
        row.classList.toggle("unseen", at > now.seen);
        setAttribute(row, "aria-current", at === now.at);
      });
      if (now.at !== last.at) follow(rows[now.at]);
      last = now;
    },
  };
}
