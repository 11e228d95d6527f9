import assert from "node:assert/strict";
import { test } from "node:test";

import { onCard, pictured, short } from "../../tracer/player/formatting.js";

test("short numbers", () => {
  const numbers = [-2, 0.12345678, 1e-12, 123456789, -0, 0.5, 100000, NaN, Infinity, -Infinity];
  assert.deepEqual(numbers.map(short), [
    "-2.0", "0.1235", "1e-12", "1.235e8", "-0.0", "0.5", "1e5", "nan", "inf", "-inf",
  ]);
});

test("numbers on cards", () => {
  assert.deepEqual([6, -0, 0.00001, -3.2e9].map(onCard), ["6.0000", "-0.0000", "1.000e-5", "-3.200e9"]);
});

test("a number between two candidates goes to the even one, as in Python", () => {
  assert.equal(onCard(0.03125), "0.0312");
  assert.equal(onCard(0.09375), "0.0938");
  assert.equal(onCard(-0.03125), "-0.0312");
  assert.equal(short(1234500), "1.234e6");
  assert.equal(short(1235500), "1.236e6");
  assert.equal(short(99999.99996), "100000.0");
});

test("a real minus sign", () => {
  assert.equal(pictured("-1e-5"), "−1e−5");
});
