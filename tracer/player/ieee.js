/**
 * The power function as C and Python have it. JavaScript's own calls a power of 1 NaN where C says 1, whatever the
 * exponent, and likewise for -1 to an infinite power.
 */
export function pow(a, b) {
  if (a === 1 || (a === -1 && Math.abs(b) === Infinity)) return 1;
  return a ** b;
}
