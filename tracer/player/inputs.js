/** Live inputs: a field and a slider for each leaf; the rest of the graph is computed again as they change. */

import { find, listen, make, onClick, setAttribute } from "./dom.js";
import { DomainError } from "./engine.js";
import { refusal } from "./words.js";

/** Fill the section of the inputs, where the graph can be computed again; elsewhere say why not. */
export function createInputs(root, player) {
  const { nodes, fixed } = player.records;
  const section = find(root, ".inputs");
  if (fixed) {
    const textContent = `The inputs cannot be changed here: ${fixed}.`;
    section.append(make("p", { className: "fixed", textContent }));
    section.hidden = false;
    return;
  }
  const rows = nodes.flatMap((node, id) => (node.op || node.literal ? [] : [createRow(id, node)]));
  const refused = make("p", { className: "refused", hidden: true, role: "alert" });
  const reset = make("button", { type: "button", className: "plain", textContent: "Reset", disabled: true });
  const title = make(section.dataset.heading, { textContent: "Inputs" });
  const list = make("div", { className: "list" }, ...rows.map((row) => row.element));
  section.append(make("div", { className: "head" }, title, reset), list, refused);
  section.hidden = false;

  for (const row of rows) {
    listen(row.slider, "input", () => take(row, row.slider));
    listen(row.field, "input", () => take(row, row.field));
  }
  onClick(reset, () => {
    for (const row of rows) row.set(nodes[row.id].value);
    compute();
    reset.disabled = true;
  });

  function take(row, from) {
    const value = from.valueAsNumber;
    if (from === row.slider) row.field.value = value;
    else if (Number.isFinite(value)) row.slider.value = value;
    reset.disabled = false;
    compute(row);
  }

  /** Compute with the numbers in the fields; one that is no number, as an empty field, leaves the old one standing. */
  function compute(changed) {
    const given = rows.map(({ id, field }) => [id, field.valueAsNumber]);
    const different = given.filter(([id, value]) => Number.isFinite(value) && value !== nodes[id].value);
    try {
      player.give(new Map(different));
      refuse();
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      refuse(changed, `${refusal(error, nodes, player.rules)}. The graph shows the last numbers that work.`);
    }
  }

  function refuse(changed, why = "") {
    for (const row of rows) {
      const invalid = row === changed || !Number.isFinite(row.field.valueAsNumber);
      setAttribute(row.field, "aria-invalid", invalid);
    }
    refused.hidden = !why;
    refused.textContent = why;
  }
}

/** A line with a leaf's name, its slider and its field. */
function createRow(id, { name, value }) {
  const slider = make("input", { type: "range", ariaLabel: `${name}, slider`, ...sliderRange(value) });
  const field = make("input", { type: "number", step: "any", ariaLabel: name });
  const element = make("label", {}, make("span", { className: "name", textContent: name }), slider, field);
  const set = (number) => {
    slider.value = number;
    field.value = number;
  };
  set(value);
  return { id, element, slider, field, set };
}

/** A range around a number that goes well past 0, in a hundred round steps to each side. */
export function sliderRange(value) {
  const middle = Number.isFinite(value) ? value : 0;
  const wanted = 2 * Math.max(1, Math.abs(middle));
  const power = 10 ** Math.floor(Math.log10(wanted));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= wanted) * power) / 100;
  const start = Math.round(middle / step);
  const round = (count) => Number((count * step).toPrecision(12));
  return { min: round(start - 100), max: round(start + 100), step: round(1) };
}
