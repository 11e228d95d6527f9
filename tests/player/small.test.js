import assert from "node:assert/strict";
import { test } from "node:test";

import { moved } from "../../tracer/player/fold.js";
import { pow } from "../../tracer/player/ieee.js";
import { sliderRange } from "../../tracer/player/inputs.js";
import { imageInAddress } from "../../tracer/player/link.js";
import { refusal } from "../../tracer/player/words.js";

test("powers are those of C, where JavaScript has its own idea", () => {
  assert.equal(pow(1, NaN), 1);
  assert.equal(pow(1, Infinity), 1);
  assert.equal(pow(-1, -Infinity), 1);
  assert.equal(pow(NaN, 0), 1);
  assert.ok(Number.isNaN(pow(-8, 0.5)));
  assert.equal(pow(0, -1), Infinity);
  assert.equal(pow(-2, 3), -8);
});

test("sliders reach past 0 to both sides, in a hundred round steps", () => {
  assert.deepEqual(sliderRange(2), { min: -3, max: 7, step: 0.05 });
  assert.deepEqual(sliderRange(0), { min: -2, max: 2, step: 0.02 });
  assert.deepEqual(sliderRange(-40), { min: -140, max: 60, step: 1 });
  assert.deepEqual(sliderRange(NaN), sliderRange(0));
  for (const value of [1e-9, 6.8813735870195432, 12345.678, -1e12]) {
    const { min, max, step } = sliderRange(value);
    assert.ok(min < Math.min(0, value) && Math.max(0, value) < max && step > 0, String(value));
  }
});

test("an address names an image, or none", () => {
  assert.equal(imageInAddress("#4"), 4);
  assert.equal(imageInAddress("#0"), 0);
  for (const hash of ["", "#", "#four", "#-1", "#4.5", "#4&x", "#12345678"]) assert.equal(imageInAddress(hash), null);
});

test("a refusal names the values and the rule", () => {
  const nodes = [{ name: "x" }, { name: "2", literal: true }, { inputs: [0, 1] }];
  const rules = { pow: { written: "a ** b", domain: "a negative base takes whole exponents" } };
  const error = { node: 2, op: "pow", operands: [-1, 0.5], value: NaN };
  assert.equal(
    refusal(error, nodes, rules),
    "a ** b has no finite result for x = −1.0, 0.5: a negative base takes whole exponents",
  );
  assert.match(refusal({ ...error, operands: [1e200, 2], value: Infinity }, nodes, rules), /too large for a float$/);
});

test("another view is as far in the backward pass, and no further", () => {
  const folded = [0, 1, 5, 9];
  assert.deepEqual([0, 1, 2, 3].map((image) => moved([image, 3], folded, null, 9)), [0, 1, 5, 9]);
  assert.deepEqual([0, 1, 4, 5, 8, 9].map((image) => moved([image, 9], null, folded, 3)), [0, 1, 1, 2, 2, 3]);
  assert.equal(moved([9, 9], null, [0, 1, 5, 8], 3), 3, "the end is the end");
});
