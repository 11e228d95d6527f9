/** A link to a frame: `#4` is the image after the fourth frame. */

import { find, listen, onClick, setText } from "./dom.js";

const SHOWN_MS = 2500;

/** The image that the address names; null if it names none. */
export function imageInAddress(hash) {
  return /^#[0-9]{1,6}$/.test(hash) ? Number(hash.slice(1)) : null;
}

/** Follow the address of the page, and copy it with the image that is being shown. */
export function connectLink(root, player) {
  const follow = () => {
    const at = imageInAddress(location.hash);
    if (at !== null) player.step(at - player.at);
  };
  listen(window, "hashchange", follow);
  follow();
  // The button is a new one whenever the view changes.
  onClick(root, async (event) => {
    if (!event.target.closest(".copy")) return;
    history.replaceState(null, "", `#${player.at}`);
    const notice = find(root, ".notice");
    setText(notice, await copied(location.href));
    setTimeout(() => setText(notice, ""), SHOWN_MS);
  });
}

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return "Link copied";
  } catch {
    return "The link is in the address bar";
  }
}
