/** Numbers as text, as tracer/formatting.py writes them: a test compares the two. */

/** A number in a formula: up to four decimals, or four digits where a plain decimal would hide the number. */
export function short(value) {
  if (!Number.isFinite(value)) return named(value);
  const size = Math.abs(value);
  if (size && !(0.001 <= size && size < 100_000)) return scientific(value, true);
  const text = decimal(value).replace(/0+$/, "");
  return text.endsWith(".") ? `${text}0` : text;
}

/** A number on a card: four decimals; scientific where they would show 0.0000 or the number is huge. */
export function onCard(value) {
  if (!Number.isFinite(value)) return named(value);
  const size = Math.abs(value);
  if (size && !(0.0001 <= size && size < 1_000_000)) return scientific(value, false);
  return decimal(value);
}

/** A real minus sign, as in pictures. */
export const pictured = (text) => text.replaceAll("-", "−");

function named(value) {
  if (Number.isNaN(value)) return "nan";
  return value > 0 ? "inf" : "-inf";
}

/** Four decimals. */
function decimal(value) {
  const sign = Object.is(value, -0) ? "-" : "";
  return sign + halfToEven(value.toFixed(4), value.toFixed(30));
}

/** Three decimals and an exponent. */
function scientific(value, trim) {
  const [mantissa, exponent] = mantissaOf(value, 3);
  return `${trim ? mantissa.replace(/\.?0+$/, "") : mantissa}e${Number(exponent)}`;
}

/** The mantissa of a number, with so many decimals, and its exponent. */
export function mantissaOf(value, decimals) {
  const [mantissa, exponent] = value.toExponential(decimals).split("e");
  const [exact] = value.toExponential(30).split("e");
  return [halfToEven(mantissa, exact), exponent];
}

/** JavaScript rounds a number that is exactly between two candidates up, Python to the even one. */
function halfToEven(up, exact) {
  const kept = exact.indexOf(".") + 1 + (up.split(".")[1] ?? "").length;
  const last = Number(up.at(-1));
  const tie = /^50*$/.test(exact.slice(kept));
  return tie && last % 2 ? up.slice(0, -1) + (last - 1) : up;
}
