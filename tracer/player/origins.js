/** Point at a card, or move to it with the keyboard, to see the way of its gradient and what it is made of. */

import { find, findAll, listen, make, setAttribute, setChildren } from "./dom.js";
import { hooks } from "./hooks.js";
import { figure } from "./words.js";

/** @returns a function that shows a moment */
export function createOrigins(root, player, table) {
  const { nodes } = player.records;
  const place = find(root, ".origins");
  const cards = findAll(root, ".card").filter((card) => !nodes[card.dataset.node].literal);
  for (const card of cards) connect(card);
  // One card of each picture is a stop for the tab key; from there the arrow keys go on.
  for (const svg of findAll(root, ".graph")) setAttribute(find(svg, ".card[role]"), "tabindex", 0);
  listen(find(root, ".layout"), "keydown", (event) => event.key === "Escape" && player.point(null));

  function connect(card) {
    const id = Number(card.dataset.node);
    setAttribute(card, "role", "img");
    setAttribute(card, "tabindex", -1);
    listen(card, "pointerenter", () => player.point(id));
    listen(card, "pointerleave", () => player.point(null));
    listen(card, "focus", () => player.point(id));
    listen(card, "blur", () => player.point(null));
    listen(card, "keydown", (event) => {
      const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!by) return;
      event.preventDefault();
      move(card, by);
    });
  }

  function move(card, by) {
    const own = cards.filter((other) => other.ownerSVGElement === card.ownerSVGElement);
    const next = own.at((own.indexOf(card) + by) % own.length);
    setAttribute(card, "tabindex", -1);
    setAttribute(next, "tabindex", 0);
    next.focus();
  }

  function label(id, { latest, nodes: values, asked }) {
    const { value, dtype } = values[id];
    const gradient = latest.get(id)?.after ?? hooks.zeroLike(value);
    const known = asked?.target === id ? "unknown" : figure(gradient, dtype);
    return `${nodes[id].name}: data ${figure(value, dtype)}, grad ${known}`;
  }

  /** The contributions that a gradient is made of; those that are to be predicted stay a secret. */
  function told({ origin, frames, seen, at }) {
    if (origin === null) return [];
    const { name } = nodes[origin];
    const own = frames.filter((frame) => frame.target === origin);
    const count = own.length === 1 ? "one contribution" : `${own.length || "no"} contributions`;
    const items = own.map(({ index }) => {
      const textContent = index < seen ? table.text(index + 1) : `${table.gradient(index + 1)} = ?`;
      return make("li", { textContent, className: index < at ? "" : "later" });
    });
    const textContent = `The gradient of ${name} has ${count}${own.length ? ":" : "."}`;
    return [make("p", { textContent }), make("ul", {}, ...items)];
  }

  return (now) => {
    for (const card of cards) setAttribute(card, "aria-label", label(Number(card.dataset.node), now));
    place.hidden = now.origin === null;
    setChildren(place, told(now));
  };
}
