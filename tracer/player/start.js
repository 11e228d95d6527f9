/** Starts a player: that of a page, or one in a post. */

import { createCaption } from "./caption.js";
import { createControls } from "./controls.js";
import { findAll } from "./dom.js";
import { hooks } from "./hooks.js";
import { createInputs } from "./inputs.js";
import { drawNarrow } from "./narrow.js";
import { createOrigins } from "./origins.js";
import { createPicture } from "./picture.js";
import { Player } from "./player.js";
import { createQuestion } from "./question.js";
import { readRecords } from "./records.js";
import { RULES } from "./rules.js";
import { createScrubber } from "./scrubber.js";
import { createTable } from "./table.js";
import { createZoom } from "./zoom.js";

/**
 * Bring a player to life. `root` is what holds all of it; nothing outside is looked at.
 *
 * @returns what keys and links do with it, whichever view is shown
 */
export function start(root) {
  const current = hooks.open(root, begin);
  root.classList.add("live");
  return {
    toggle: () => current().toggle(),
    step: (by) => current().step(by),
    go: (at) => current().go(at),
    get at() {
      return current().at;
    },
    get count() {
      return current().count;
    },
  };
}

/** Bring the view that is in the layout to life. */
function begin(root) {
  const records = readRecords(root);
  const player = new Player(records, RULES);
  const table = createTable(root, player);
  drawNarrow(root, records.tall);
  // The table first: others use its words.
  player.views = [
    table.show,
    createCaption(root, table),
    ...findAll(root, ".graph").map((svg) => createPicture(svg, records)),
    createScrubber(root, player, table),
    createControls(root, player),
    createOrigins(root, player, table),
    createQuestion(root, player, table),
    createZoom(root),
  ];
  createInputs(root, player);
  for (const part of findAll(root, ".controls, .tools, .hint")) part.hidden = false;
  player.show();
  return player;
}
