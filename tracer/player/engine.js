/**
 * The forward and the backward pass over the records of a trace.
 *
 * `nodes` and `frames` are those of the page's records: a node has a name, an op with inputs or none, a value and the
 * local derivatives; a frame says which operand of which op node is given its gradient. `rules` is the op table.
 */

/** An op got finite numbers for which it has no finite result. `node` is the id of the op node. */
export class DomainError extends Error {
  constructor(node, op, operands, value) {
    super(`${op} has no finite result for ${operands.join(", ")}`);
    this.name = "DomainError";
    Object.assign(this, { node, op, operands, value });
  }
}

/**
 * The nodes with other numbers in some leaves: every value and local derivative computed again.
 *
 * @param nodes the nodes, inputs before their consumers
 * @param rules the op table
 * @param given a Map from a leaf's id to its new number
 * @throws DomainError where Python would raise one
 */
export function recompute(nodes, rules, given) {
  const values = [];
  return nodes.map((node, id) => {
    const operands = (node.inputs ?? []).map((source) => values[source]);
    const value = node.op ? computed(rules, node, id, operands) : (given.get(id) ?? node.value);
    values.push(value);
    if (!node.op) return { ...node, value };
    const [a, b] = [operands[0], operands.at(-1)];
    return { ...node, value, local: rules[node.op].locals.map((local) => local(a, b, value)) };
  });
}

function computed(rules, node, id, operands) {
  const value = rules[node.op].forward(...operands);
  if (!Number.isFinite(value) && operands.every(Number.isFinite)) throw new DomainError(id, node.op, operands, value);
  return value;
}

/**
 * The frames with their numbers: each hands `upstream × local` on to its target, and contributions add up.
 * The gradient of an op node is final when its turn comes, because all its consumers had theirs.
 */
export function backward(nodes, frames) {
  const gradients = new Map();
  return frames.map((frame, index) => {
    const seed = frame.op === undefined;
    const upstream = seed ? 1 : gradients.get(frame.op);
    const local = seed ? 1 : nodes[frame.op].local[frame.slot];
    const contribution = upstream * local;
    const accumulates = gradients.has(frame.target);
    const before = accumulates ? gradients.get(frame.target) : 0;
    const after = accumulates ? before + contribution : contribution;
    gradients.set(frame.target, after);
    return { ...frame, index, upstream, local, contribution, before, after, accumulates };
  });
}

/** Which case of the op's local derivative holds in a frame, as its number in the op table; -1 for none. */
export function caseOf(nodes, rules, frame) {
  const node = nodes[frame.op];
  const rule = node && rules[node.op];
  if (!rule) return -1;
  const [a, b] = [nodes[node.inputs[0]].value, nodes[node.inputs.at(-1)].value];
  return rule.cases[frame.slot](a, b, node.value);
}

/** Whether all numbers of a frame, and the values it is about, are finite. */
export function allFinite(nodes, frame) {
  const values = [frame.target, frame.op].filter((id) => id !== undefined).map((id) => nodes[id].value);
  return [frame.upstream, frame.local, frame.contribution, frame.before, frame.after, ...values].every(Number.isFinite);
}

/** For each node its latest frame among the first `shown`. */
export function latestFrames(frames, shown) {
  return new Map(frames.slice(0, shown).map((frame) => [frame.target, frame]));
}

/**
 * The way that the gradient of a node takes from the output to it: every op node between the two. Of no node, null,
 * there is no way.
 *
 * @returns the ids of those op nodes, and the edges between them, "in:4:0" and "out:4:0", as two Sets
 */
export function pathTo(nodes, output, start) {
  const [above, below] = [dependents(nodes, start), ancestors(nodes, output)];
  const ops = new Set([...above].filter((id) => below.has(id)));
  const edges = new Set();
  for (const op of ops) {
    edges.add(`out:${op}:0`);
    nodes[op].inputs.forEach((source, slot) => {
      if (source === start || ops.has(source)) edges.add(`in:${op}:${slot}`);
    });
  }
  return { ops, edges };
}

/** The nodes that depend on a node. */
function dependents(nodes, start) {
  const found = new Set();
  nodes.forEach((node, id) => {
    if (node.inputs?.some((source) => source === start || found.has(source))) found.add(id);
  });
  return found;
}

/** The nodes that a node depends on, itself included. */
function ancestors(nodes, start) {
  const found = new Set([start]);
  for (let id = start; id >= 0; id -= 1) {
    if (found.has(id)) for (const source of nodes[id].inputs ?? []) found.add(source);
  }
  return found;
}
