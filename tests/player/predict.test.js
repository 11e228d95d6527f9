import assert from "node:assert/strict";
import { test } from "node:test";

import { question, readShape, shapeDiagnosis } from "../../tracer/player/entries.js";
import { diagnosis, isRight, numberQuestion, readGuess } from "../../tracer/player/predict.js";

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

const tensor = (shape, ...entries) => ({ shape, dtype: "float32", entries });

test("a question takes a number and judges it", () => {
  const { prompt, answer, judge } = numberQuestion(LATER, "dL/da");
  assert.equal(prompt, "dL/da = ? (12.0 so far)");
  assert.equal(answer, "dL/da = 40.0");
  assert.deepEqual(judge("40"), { right: true, guess: "40.0", why: "" });
  assert.equal(judge("28").right, false);
  assert.match(judge("28").why, /is what this frame adds/);
  assert.match(judge("two").advice, /^Type a number/);
  assert.equal(numberQuestion(FIRST, "dL/da").prompt, "dL/da = ?");
});

test("of a tensor one entry is asked, of a large one its shape", () => {
  const upstream = tensor([2, 3], 1, 2, 3, 4, 5, 6);
  const rule = { rule: "{1}", why: "" };
  const first = { op: 1, index: 4, upstream, local: 2, contribution: upstream, before: 0, after: upstream };
  const { prompt, answer, judge } = question(first, "float32", "dL/dx");
  assert.deepEqual([prompt, answer], ["dL/dx[1, 1] = ?", "dL/dx[1, 1] = 5.0"]);
  assert.match(judge("2").why, /leaves out the upstream gradient, 5.0/);
  const mixed = question({ ...first, upstream: tensor([3], 1, 2, 3), local: rule }, "float32", "dL/dx").judge;
  assert.deepEqual([mixed("1").why, mixed("2").why, mixed("5").right], ["", "", true]);
  const large = question({ ...first, after: { shape: [8, 9], dtype: "", summary: [0, 0, 0, 0] } }, "", "dL/dx");
  assert.deepEqual([large.prompt, large.answer], ["the shape of dL/dx = ?", "dL/dx is 8×9"]);
  assert.deepEqual([large.judge("8, 9").right, large.judge("9×8").guess], [true, "9×8"]);
  assert.match(large.judge("5 by 6").advice, /^Type a shape/);
  const narrow = { ...first, after: 0.10000000149011612, local: rule };
  assert.equal(question(narrow, "float32", "dL/dx").answer, "dL/dx = 0.1");
  assert.equal(question(narrow, "float32", "dL/dx").judge("-inf").why, "");
});

test("an entry that leaves something out is told apart", () => {
  const ones = tensor([1, 2], 1, 1);
  const [upstream, local, contribution, after] = [7, 4, 28, 29].map((number) => tensor([1, 2], number, number));
  const given = { op: 1, index: 0, upstream, local, contribution, before: ones, after, accumulates: true };
  const { prompt, judge } = question(given, "float32", "dL/dx");
  assert.equal(prompt, "dL/dx[0, 0] = ? (1.0 so far)");
  assert.match(judge("28").why, /28.0 is what this frame adds; the 1.0 from before/);
  assert.match(judge("5").why, /leaves out the upstream gradient, 7.0/);
});

test("shapes are read as people type them", () => {
  for (const text of ["2×3", "2x3", "(2, 3)", "[2,3]", " 2 3 ", "2*3", "2.3"]) {
    assert.deepEqual(readShape(text), [2, 3], text);
  }
  assert.deepEqual(readShape("(5,)"), [5]);
  for (const text of ["", "wide", "()", "two by 3"]) assert.equal(readShape(text), null, text);
  assert.match(shapeDiagnosis([3, 2], [2, 3]), /^That is its transpose. A gradient has the shape of its value.$/);
  assert.equal(shapeDiagnosis([4], [4]), "A gradient has the shape of its value.");
});
