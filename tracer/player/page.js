/** Starts the player of a page. */

import { find } from "./dom.js";
import { listenToKeys } from "./keys.js";
import { connectLink } from "./link.js";
import { start } from "./start.js";

/**
 * Where the whole page is inside a frame, as in a notebook, the frame grows with it. What stands before it there is a
 * still for places without frames.
 */
function growFrame(root) {
  const frame = window.frameElement;
  if (!frame) return;
  root.classList.add("framed");
  const still = frame.previousElementSibling;
  if (still?.matches(".tracer-still")) still.remove();
  new ResizeObserver(() => {
    frame.style.height = `${root.offsetHeight}px`;
  }).observe(root);
}

const page = find(document, ".tracer.page");
const player = start(page);
listenToKeys(document, page, player);
if (location.protocol === "about:") growFrame(page);
else {
  find(page, ".copy").hidden = false;
  connectLink(page, player);
}
