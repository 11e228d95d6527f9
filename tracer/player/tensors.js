/**
 * Tensors as the records hold them: `{ shape, dtype, entries }`, row by row, or of large ones
 * `{ shape, dtype, summary }` with the smallest number, the largest, the mean and the norm. Nothing is computed here.
 */

import { mantissaOf, short } from "./formatting.js";

/** Bits of precision and the least exponent of the narrow floats. */
const NARROW = { float32: [24, -126], float16: [11, -14], bfloat16: [8, -126] };

/** Types of integers. */
const WHOLE = /^u?int\d+$/;

/** Whether a number of the records is a tensor. */
export const isTensor = (number) => typeof number === "object" && number !== null && "shape" in number;

/** 0 in the shape of a number. */
export function zeroLike(number) {
  if (!isTensor(number)) return 0;
  const { entries, summary, ...about } = number;
  return entries ? { ...about, entries: entries.map(() => 0) } : { ...about, summary: summary.map(() => 0) };
}

/** A shape as people write it: `2×3`. */
export const shapeText = ({ shape }) => shape.join("×");

/** What stands on a card, cell by cell: the entries of a small tensor, or the summary of a large one. */
export function cells({ entries, summary, dtype }) {
  if (entries) return entries.map((entry) => ofType(entry, dtype));
  return ["min", "max", "mean", "norm"].flatMap((name, place) => [name, summarised(summary[place], place, dtype)]);
}

/** A tensor on one line: `[[1.0, 0.5]]`, or `2×3 from 0.0 to 1.0, mean 0.5, norm 1.2`. */
export function inline(tensor) {
  if (tensor.entries) return nested(cells(tensor), tensor.shape);
  const [low, high, mean, norm] = tensor.summary.map((number, place) => summarised(number, place, tensor.dtype));
  return `${shapeText(tensor)} from ${low} to ${high}, mean ${mean}, norm ${norm}`;
}

/** A number of a dtype: 3 and True where it has no fractions. */
export function ofType(number, dtype) {
  return withoutFraction(number, dtype) ?? short(shortest(number, dtype));
}

/** A number of a summary: only the smallest and the largest, which come first, are themselves of the dtype. */
const summarised = (number, place, dtype) => (place < 2 && withoutFraction(number, dtype)) || short(number);

function withoutFraction(number, dtype) {
  if (dtype === "bool") return number ? "True" : "False";
  return WHOLE.test(dtype) && Number.isFinite(number) ? String(number) : undefined;
}

function nested(texts, [size, ...inner]) {
  if (!inner.length) return `[${texts.join(", ")}]`;
  const stride = texts.length / size;
  const rows = Array.from({ length: size }, (_, row) => nested(texts.slice(row * stride, (row + 1) * stride), inner));
  return `[${rows.join(", ")}]`;
}

/** The number with the fewest digits that a dtype holds as `number`, for showing it: a float32 of 0.1 is 0.1. */
export function shortest(number, dtype) {
  if (!NARROW[dtype] || !number || !Number.isFinite(number) || nearest(number, dtype) !== number) return number;
  for (let digits = 1; digits < 17; digits += 1) {
    const candidate = Number(mantissaOf(number, digits - 1).join("e"));
    if (nearest(candidate, dtype) === number) return candidate;
  }
  return number;
}

/** A number as a narrow float holds it; of two that are equally near the one whose last bit is 0. */
function nearest(number, dtype) {
  const [bits, least] = NARROW[dtype];
  const step = 2 ** (Math.max(exponent(number), least) - bits + 1);
  const whole = Math.round(number / step);
  const tie = Math.abs((number / step) % 1) === 0.5;
  return (tie && whole % 2 ? whole - 1 : whole) * step;
}

/** The power of two that a number is at least as large as. */
function exponent(number) {
  const size = Math.abs(number);
  const guess = Math.floor(Math.log2(size));
  if (2 ** guess > size) return guess - 1;
  return 2 ** (guess + 1) <= size ? guess + 1 : guess;
}
