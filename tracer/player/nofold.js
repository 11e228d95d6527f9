/** Stands in for `fold.js` in pages that have nothing to fold. */

/** Start a player. Returns a function that gives it. */
export function createFolding(root, begin) {
  const player = begin(root);
  return () => player;
}
