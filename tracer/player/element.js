/** Starts every player of a post: each <tracer-player>. */

import { find } from "./dom.js";
import { listenToKeys } from "./keys.js";
import { start } from "./start.js";

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

if (!customElements.get("tracer-player")) customElements.define("tracer-player", TracerPlayer);
