/** The trace of the page: its nodes and frames, as JSON in the page holds them. */

import { find, findAll } from "./dom.js";
import { hooks } from "./hooks.js";

const NUMBERS = new Set(
  ["value", "upstream", "local", "contribution", "before", "after", "entries", "summary"],
);

/**
 * The records of a player. A frame is a list of what it is about: its step, its target, and the op node and operand
 * that hand the gradient on. Where the page cannot compute, which `fixed` says, it is an object with its numbers, but
 * for those that earlier frames have told. A node's name is on its card.
 */
export function readRecords(root) {
  const records = JSON.parse(find(root, ".records").textContent, (key, value) =>
    NUMBERS.has(key) ? numbers(value) : value,
  );
  records.frames = records.fixed ? completed(records) : records.frames.map(about);
  for (const card of findAll(root, ".card")) {
    records.nodes[card.dataset.node].name = find(card, ".label, .literal").textContent;
  }
  return records;
}

const about = ([step, target, op, slot]) => ({ step, target, op, slot });

/** The frames with all their numbers. */
function completed({ frames, nodes }) {
  const gradients = new Map();
  return frames.map((frame, index) => {
    const upstream = gradients.get(frame.op);
    const before = gradients.get(frame.target) ?? hooks.zeroLike(nodes[frame.target].value);
    const whole = { index, upstream, before, after: frame.contribution, ...frame };
    gradients.set(frame.target, whole.after);
    return whole;
  });
}

/** JSON has no word for inf and NaN: those numbers come as text. Rules are text and tensors objects anyway. */
function numbers(value) {
  if (Array.isArray(value)) return value.map(numbers);
  return typeof value === "object" ? value : Number(value);
}
