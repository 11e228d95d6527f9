/** A graph that is larger than the screen: keep what happens in view, or show all of it at once. */

import { boxOf, find, findAll, onClick } from "./dom.js";

/** @returns a function that shows a moment */
export function createZoom(root) {
  const picture = find(root, ".picture");
  const button = find(root, ".fit");
  let last = null;

  /** Scroll the picture, never the page, to the card of the current frame and what it is connected to. */
  function follow() {
    const lit = findAll(picture, ".card.active, .card.wrong, .lit path").map(boxOf);
    const boxes = lit.filter((box) => box.width || box.height);
    if (!boxes.length) return;
    const least = (side) => Math.min(...boxes.map((box) => box[side]));
    const most = (side) => Math.max(...boxes.map((box) => box[side]));
    const view = boxOf(picture);
    picture.scrollLeft += (least("left") + most("right") - view.left - view.right) / 2;
    picture.scrollTop += (least("top") + most("bottom") - view.top - view.bottom) / 2;
  }

  onClick(button, () => {
    button.setAttribute("aria-pressed", picture.classList.toggle("whole"));
    follow();
  });
  new ResizeObserver(() => {
    const { scrollWidth, clientWidth, scrollHeight, clientHeight } = picture;
    const large = scrollWidth > clientWidth + 1 || scrollHeight > clientHeight + 1;
    button.hidden = !large && !picture.classList.contains("whole");
  }).observe(picture);
  return ({ current }) => {
    if (current !== last) follow();
    last = current;
  };
}
