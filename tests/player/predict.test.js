import assert from "node:assert/strict";
import { test } from "node:test";

import { diagnosis, isRight, readGuess } from "../../tracer/player/predict.js";

const FIRST = { op: 4, upstream: -2, local: -3, contribution: 6, before: 0, after: 6, accumulates: false };
const LATER = { op: 2, upstream: 7, local: 4, contribution: 28, before: 12, after: 40, accumulates: true };
const SEED = { op: undefined, upstream: 1, local: 1, contribution: 1, before: 0, after: 1, accumulates: false };

test("guesses are read as people type them", () => {
  assert.equal(readGuess(" 6 "), 6);
  assert.equal(readGuess("−0.5"), -0.5);
  assert.equal(readGuess("0,5"), 0.5);
  assert.equal(readGuess("1e-3"), 0.001);
  assert.equal(readGuess("-inf"), -Infinity);
  for (const text of ["", "  ", "six", "1/2", "1,000,000"]) assert.ok(Number.isNaN(readGuess(text)), text);
});

test("a guess is right in the digits that are shown, or to one in a hundred", () => {
  assert.ok(isRight(6, 6));
  assert.ok(isRight(0.1235, 0.12345678));
  assert.ok(isRight(0.124, 0.12345678));
  assert.ok(!isRight(0.12, 0.12345678));
  assert.ok(isRight(0, 0));
  assert.ok(!isRight(0.01, 0));
  assert.ok(isRight(Infinity, Infinity));
  assert.ok(!isRight(6, NaN));
});

test("what may have gone wrong", () => {
  assert.match(diagnosis(-6, FIRST), /sign/);
  assert.match(diagnosis(-3, FIRST), /leaves out the upstream gradient, −2.0/);
  assert.match(diagnosis(-2, FIRST), /leaves out the local derivative, −3.0/);
  assert.match(diagnosis(28, LATER), /28.0 is what this frame adds; the 12.0 from before/);
  assert.match(diagnosis(16, LATER), /leaves out the upstream gradient, 7.0/);
  assert.equal(diagnosis(5, FIRST), "");
  assert.equal(diagnosis(2, SEED), "");
});
