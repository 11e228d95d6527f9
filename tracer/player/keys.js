/** The keyboard: space, arrows, Home, End, P and F. Fields and lists keep the keys that they need themselves. */

import { toggleFullScreen } from "./controls.js";
import { find, listen } from "./dom.js";

/**
 * @param target what listens: the page, or the player alone where it is one thing among others
 * @param root the player
 */
export function listenToKeys(target, root, player) {
  const actions = {
    " ": () => player.toggle(),
    ArrowLeft: () => player.step(-1),
    ArrowRight: () => player.step(1),
    Home: () => player.step(-player.count),
    End: () => player.step(player.count),
    p: () => find(root, ".predict").click(),
    f: () => toggleFullScreen(root),
  };
  listen(target, "keydown", (event) => {
    const { key } = event;
    const focused = event.composedPath()[0];
    const action = actions[key.length > 1 ? key : key.toLowerCase()];
    if (!action || event.ctrlKey || event.metaKey || event.altKey || focused.matches?.("input, select")) return;
    if (key === " " && focused.matches?.("button, a")) return;
    event.preventDefault();
    action();
  });
}
