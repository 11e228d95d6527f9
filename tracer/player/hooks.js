/**
 * What is different where there are tensors or groups. Here is what does for all other pages; `entries.js` and
 * `fold.js`, which only the pages that need them have, put functions of their own in its place.
 */

import { short } from "./formatting.js";

export const hooks = {
  /** 0 in the shape of a value. */
  zeroLike: (_value) => 0,

  /** A number of a dtype, "" for Python's own floats, as formulas show it. */
  written: (value, _dtype) => short(value),

  /** Write the entries of a gradient on a card, or question marks for them. Returns whether it has any. */
  writeEntries: (_card, _gradient, _unknown) => false,

  /** The question about a frame, given its number's dtype and the name of the gradient; null: `numberQuestion`. */
  question: (_frame, _dtype, _name) => null,

  /** Start a player with `begin(root)`, which returns a Player. Returns a function that gives the one that is shown. */
  open(root, begin) {
    const player = begin(root);
    return () => player;
  },
};
