/** Starts every player of a document: the page's own, or each <tracer-player> in a post. */

import { createCaption } from "./caption.js";
import { createControls } from "./controls.js";
import { find, findAll } from "./dom.js";
import { createFolding } from "./fold.js";
import { createInputs } from "./inputs.js";
import { listenToKeys } from "./keys.js";
import { connectLink } from "./link.js";
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
function start(root) {
  const current = createFolding(root, begin);
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

class TracerPlayer extends HTMLElement {
  connectedCallback() {
    if (this.started) return;
    this.started = true;
    const root = find(shadowOf(this), ".tracer");
    const player = start(root);
    listenToKeys(root, root, player);
    player.go(Number(this.getAttribute("frame")));
  }
}

/** The shadow that the page's HTML has declared; made here where HTML came in by way of a script. */
function shadowOf(host) {
  if (!host.shadowRoot) host.attachShadow({ mode: "open" }).append(find(host, "template").content);
  return host.shadowRoot;
}

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
if (page) {
  const player = start(page);
  listenToKeys(document, page, player);
  if (location.protocol === "about:") growFrame(page);
  else {
    find(page, ".copy").hidden = false;
    connectLink(page, player);
  }
}
if (!customElements.get("tracer-player")) customElements.define("tracer-player", TracerPlayer);
