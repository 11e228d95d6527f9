/** The trace of the page: its nodes and frames, as JSON in the page holds them. */

import { find, findAll } from "./dom.js";

const NUMBERS = new Set(["value", "upstream", "local", "contribution", "before", "after"]);

/**
 * The records of a player. A frame is an object with all its numbers or, where they can be computed, a list of what it
 * is about: its step, its target, and the op node and operand that hand the gradient on. A node's name is on its card.
 */
export function readRecords(root) {
  const records = JSON.parse(find(root, ".records").textContent, (key, value) =>
    NUMBERS.has(key) ? numbers(value) : value,
  );
  records.frames = records.frames.map((frame) => {
    if (!Array.isArray(frame)) return frame;
    const [step, target, op, slot] = frame;
    return { step, target, op, slot };
  });
  for (const card of findAll(root, ".card")) {
    records.nodes[card.dataset.node].name = find(card, ".label, .literal").textContent;
  }
  return records;
}

/** JSON has no word for inf and NaN: those numbers come as text. */
const numbers = (value) => (Array.isArray(value) ? value.map(Number) : Number(value));
