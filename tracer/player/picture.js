/** The graph: which cards, ops and edges stand out, and the numbers on cards and chips. Nothing ever moves. */

import { find, findAll, setAttribute, setText } from "./dom.js";
import { onCard, pictured } from "./formatting.js";
import { hooks } from "./hooks.js";
import { figure } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";

/**
 * One of the drawings of the graph; a page has one for wide and may have one for narrow screens.
 *
 * @param svg the drawing
 * @param records of the trace: where its chips are, how large, and how wide characters are
 * @returns a function that shows a moment; what is drawn depends on it alone, never on what was shown before
 */
export function createPicture(svg, { chips: { wide, tall }, signs, measures }) {
  const chips = svg.matches(".tall") ? tall : wide;
  const cards = byKey(svg, ".card", "node");
  const ops = byKey(svg, ".op", "node");
  const edges = byKey(svg, ".edges path", "edge");

  function showCard(id, card, { latest, current, asked, path, origin, nodes }) {
    const frame = latest.get(id);
    const unknown = asked?.target === id;
    const state = stateOf(frame, current);
    setClass(card, ["card", state, unknown && "asked", path.ops.has(id) && "path", origin === id && "origin"]);
    if (nodes[id].literal) return;
    const gradient = frame ? frame.after : hooks.zeroLike(nodes[id].value);
    if (hooks.writeEntries(card, gradient, unknown)) return;
    const { size, inset } = measures.figure;
    const room = find(card, ":scope > rect").getAttribute("width") - inset;
    setNumber(find(card, ".data"), cardFigure(nodes[id].value), size, room);
    setNumber(find(card, ".grad"), unknown ? "?" : cardFigure(gradient), size, room);
  }

  /** Write a number into the picture; one that is too wide for its room is set narrower. Returns how wide it is. */
  function setNumber(place, text, size, room) {
    const { advance } = measures;
    const em = Array.from(text).reduce((sum, character) => sum + (advance[character] ?? advance[0]), 0);
    const narrowed = em * size > room;
    setText(place, text);
    setAttribute(place, "textLength", narrowed && rounded(room));
    setAttribute(place, "lengthAdjust", narrowed && "spacingAndGlyphs");
    return Math.min(em * size, room);
  }

  function litEdge(place) {
    const edge = edges.get(place).cloneNode();
    edge.removeAttribute("class");
    return edge;
  }

  function chip(place, frame) {
    const { size, padding, height, baseline, widest } = measures.chip;
    const group = shape("g", { class: "chip", transform: `translate(${chips[place]})` });
    const words = shape("text", { y: baseline });
    // Where the page cannot compute, Python has written what chips say, and measured it.
    const [text, measured] = signs?.[frame.index][place.startsWith("in") ? 1 : 0] ?? [chipText(place, frame)];
    if (measured) setText(words, text);
    const width = measured ?? setNumber(words, text, size, widest) + padding;
    group.append(shape("rect", { x: -width / 2, y: -height / 2, width, height, rx: height / 2 }), words);
    return group;
  }

  return (now) => {
    const { current, path } = now;
    for (const [id, card] of cards) showCard(Number(id), card, now);
    for (const [id, op] of ops) showOp(Number(id), op, now);
    for (const [place, edge] of edges) setClass(edge, [path.edges.has(place) && "path"]);
    const lit = litEdges(current);
    find(svg, ".lit").replaceChildren(...lit.map(litEdge));
    find(svg, ".chips").replaceChildren(...lit.map((place) => chip(place, current)));
  };
}

function showOp(id, op, { current, path }) {
  setClass(op, ["op", current?.op === id && "lit", path.ops.has(id) && "path"]);
}

/** How a card looks, given its latest frame. */
function stateOf(frame, current) {
  if (!frame) return "waiting";
  if (frame.verdict === "wrong" || frame.verdict === "early") return "wrong";
  return frame === current ? "active" : "done";
}

/** The edges along which a frame's gradient travels: from the op to its target, and into the op from its output. */
function litEdges(frame) {
  return frame?.op === undefined ? [] : [`in:${frame.op}:${frame.slot}`, `out:${frame.op}:0`];
}

const chipText = (place, frame) => (place.startsWith("in") ? `× ${figure(frame.local)}` : figure(frame.upstream));

const cardFigure = (value) => pictured(onCard(value));

const byKey = (svg, selector, key) => new Map(findAll(svg, selector).map((element) => [element.dataset[key], element]));

const setClass = (element, classes) => setAttribute(element, "class", classes.filter(Boolean).join(" ") || null);

/** A new element of a picture. */
export function shape(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) {
    element.setAttribute(key, typeof value === "number" ? rounded(value) : value);
  }
  return element;
}

const rounded = (value) => Math.round(value * 100) / 100;
