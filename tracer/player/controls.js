/** The buttons beside the bar: back, play, forward, speed, colours, full screen, and more of them on a phone. */

import { find, listen, onClick, setAttribute } from "./dom.js";

const THEMES = ["", "light", "dark"];

/** @returns a function that shows a moment */
export function createControls(root, player) {
  const [back, play, forward] = [".back", ".play", ".forward"].map((selector) => find(root, selector));
  onClick(back, () => player.step(-1));
  onClick(play, () => player.toggle());
  onClick(forward, () => player.step(1));
  listen(find(root, ".speed"), "change", (event) => player.setSpeed(Number(event.target.value)));
  connectMore(root, find(root, ".more"));
  connectTheme(root, find(root, ".theme"));
  const full = find(root, ".full");
  full.hidden = !document.fullscreenEnabled;
  onClick(full, () => toggleFullScreen(root));
  return ({ playing, at, count }) => {
    play.classList.toggle("playing", playing);
    setAttribute(play, "title", `${playing ? "Pause" : "Play"} (space)`);
    setAttribute(back, "aria-disabled", at === 0);
    setAttribute(forward, "aria-disabled", at === count);
  };
}

/** On a narrow screen the lesser controls are behind a button. */
function connectMore(root, more) {
  const open = (wanted) => {
    more.setAttribute("aria-expanded", wanted);
    find(root, ".extras").classList.toggle("open", wanted);
  };
  const isOpen = () => more.getAttribute("aria-expanded") === "true";
  onClick(more, () => open(!isOpen()));
  listen(find(root, ".layout"), "keydown", (event) => {
    if (event.key !== "Escape" || !isOpen()) return;
    open(false);
    more.focus();
  });
}

/** As the reader's system has them, light, or dark. */
function connectTheme(root, button) {
  const { dataset } = root;
  const show = () => setAttribute(button, "title", `Colours: ${dataset.theme || "as the system has them"}`);
  onClick(button, () => {
    dataset.theme = THEMES[(THEMES.indexOf(dataset.theme ?? "") + 1) % THEMES.length];
    show();
  });
  show();
}

/** Fill the screen with the player, or give it back. */
export function toggleFullScreen(root) {
  if (document.fullscreenElement) document.exitFullscreen();
  else if (document.fullscreenEnabled) root.requestFullscreen();
}
