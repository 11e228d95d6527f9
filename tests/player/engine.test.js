import assert from "node:assert/strict";
import { test } from "node:test";

import * as engine from "../../tracer/player/engine.js";

const { DomainError, allFinite, backward, caseOf, latestFrames, pathTo, recompute } = engine;

// A table of the same form as the one that is made from Python's.
const RULES = {
  add: { forward: (a, b) => a + b, locals: [() => 1, () => 1], cases: [() => 0, () => 0] },
  mul: { forward: (a, b) => a * b, locals: [(a, b) => b, (a) => a], cases: [() => 0, () => 0] },
  relu: {
    forward: (a) => (a <= 0 ? 0 : a),
    locals: [(a) => (a > 0 ? 1 : a <= 0 ? 0 : NaN)],
    cases: [(a) => (a > 0 ? 0 : a <= 0 ? 1 : -1)],
  },
  log: { forward: Math.log, locals: [(a) => 1 / a], cases: [() => 0] },
};

const leaf = (name, value) => ({ name, value });
const op = (name, kind, inputs) => ({ name, op: kind, inputs });
const frame = (step, target, kind, slot) => ({ step, target, op: kind, slot });

// p = a*b; s = a + b; L = p*s: a and b are used twice.
const NODES = recompute(
  [leaf("a", 3), leaf("b", 4), op("p", "mul", [0, 1]), op("s", "add", [0, 1]), op("L", "mul", [2, 3])],
  RULES,
  new Map(),
);
const FRAMES = [
  frame(0, 4),
  frame(1, 2, 4, 0),
  frame(1, 3, 4, 1),
  frame(2, 0, 3, 0),
  frame(2, 1, 3, 1),
  frame(3, 0, 2, 0),
  frame(3, 1, 2, 1),
];

test("values and local derivatives are computed again", () => {
  const nodes = recompute(NODES, RULES, new Map([[0, 5]]));
  assert.deepEqual(nodes.map((node) => node.value), [5, 4, 20, 9, 180]);
  assert.deepEqual(nodes[2].local, [4, 5]);
  assert.equal(NODES[0].value, 3, "the old nodes stay as they were");
});

test("only leaves can be given other numbers", () => {
  assert.equal(recompute(NODES, RULES, new Map([[2, 100]]))[2].value, 12);
});

test("contributions add up", () => {
  const frames = backward(NODES, FRAMES);
  assert.deepEqual(frames.map((each) => each.after), [1, 7, 12, 12, 12, 40, 33]);
  assert.deepEqual(frames.map((each) => each.accumulates), [false, false, false, false, false, true, true]);
  const { index, upstream, local, contribution, before, after } = frames[5];
  assert.deepEqual({ index, upstream, local, contribution, before, after }, {
    index: 5, upstream: 7, local: 4, contribution: 28, before: 12, after: 40,
  });
});

test("a number outside an op's domain is an error that names the node", () => {
  const nodes = [leaf("a", 1), { ...op("L", "log", [0]), value: 0, local: [1] }];
  assert.throws(() => recompute(nodes, RULES, new Map([[0, 0]])), (error) => {
    assert.ok(error instanceof DomainError);
    assert.deepEqual([error.node, error.op, error.operands, error.value], [1, "log", [0], -Infinity]);
    return true;
  });
});

test("inf and NaN that come in go through", () => {
  const nodes = [leaf("a", Infinity), { ...op("L", "log", [0]), value: Infinity, local: [0] }];
  assert.equal(recompute(nodes, RULES, new Map())[1].value, Infinity);
  assert.ok(Number.isNaN(recompute([leaf("a", NaN), nodes[1]], RULES, new Map())[1].value));
});

test("the case of a local derivative", () => {
  const nodes = [leaf("a", -1), { ...op("L", "relu", [0]), value: 0 }];
  assert.equal(caseOf(nodes, RULES, frame(1, 0, 1, 0)), 1);
  assert.equal(caseOf([leaf("a", 2), { ...nodes[1], value: 2 }], RULES, frame(1, 0, 1, 0)), 0);
  assert.equal(caseOf([leaf("a", NaN), { ...nodes[1], value: NaN }], RULES, frame(1, 0, 1, 0)), -1);
  assert.equal(caseOf(nodes, RULES, frame(0, 1)), -1, "the seed has none");
  assert.equal(caseOf([nodes[0], { ...nodes[1], op: "unknown" }], RULES, frame(1, 0, 1, 0)), -1);
});

test("frames that are not finite", () => {
  const [seed] = backward(NODES, FRAMES);
  assert.ok(allFinite(NODES, seed));
  assert.ok(!allFinite(NODES, { ...seed, after: NaN }));
  assert.ok(!allFinite(NODES.map((node) => ({ ...node, value: Infinity })), seed));
});

test("the latest frame of each node", () => {
  const frames = backward(NODES, FRAMES);
  assert.equal(latestFrames(frames, 0).size, 0);
  assert.equal(latestFrames(frames, 5).get(0), frames[3]);
  assert.equal(latestFrames(frames, 7).get(0), frames[5]);
});

test("the way of a gradient", () => {
  const { ops, edges } = pathTo(NODES, 4, 0);
  assert.deepEqual([...ops].toSorted(), [2, 3, 4]);
  assert.deepEqual([...edges].toSorted(), ["in:2:0", "in:3:0", "in:4:0", "in:4:1", "out:2:0", "out:3:0", "out:4:0"]);
  assert.deepEqual([...pathTo(NODES, 4, 2).edges].toSorted(), ["in:4:0", "out:4:0"]);
  assert.equal(pathTo(NODES, 4, null).ops.size, 0);
});
