/** The graph for narrow screens: the same cards, ops and edges in other places, running down instead of across. */

import { find, findAll } from "./dom.js";

/**
 * Draw it beside the one that is in the page; the style sheet shows one of them.
 *
 * @param root the player
 * @param tall where everything stands: `box`, and by key `cards`, `ops` and `edges`; null where it would not fit
 */
export function drawNarrow(root, tall) {
  if (!tall) return;
  const wide = find(root, ".wide");
  const svg = wide.cloneNode(true);
  svg.classList.replace("wide", "tall");
  svg.setAttribute("viewBox", tall.box.join(" "));
  for (const [selector, places] of [[".card", tall.cards], [".op", tall.ops]]) {
    for (const part of findAll(svg, selector)) {
      part.setAttribute("transform", `translate(${places[part.dataset.node]})`);
    }
  }
  for (const edge of findAll(svg, ".edges path")) edge.setAttribute("d", tall.edges[edge.dataset.edge]);
  find(svg, "defs").remove();
  wide.after(svg);
}
