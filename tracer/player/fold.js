/**
 * Folding and unfolding. The page holds a view for each group that can be unfolded, one with everything folded and one
 * with everything unfolded; to change the view is to put another one in its place and to bring that to life. Only pages
 * with groups have this module; see `hooks.js`.
 */

import { boxOf, find, findAll, listen, make, onClick, setAttribute } from "./dom.js";
import { hooks } from "./hooks.js";
import { shape } from "./picture.js";

/**
 * Start a player whose groups can be folded and unfolded.
 *
 * @param root the player's element
 * @param begin brings the layout in it to life and returns its Player
 * @returns a function that gives the Player of the view that is shown
 */
function openFolding(root, begin) {
  const [about, packed] = findAll(root, "script.views, script.packed").map((script) => script.textContent);
  const views = about && JSON.parse(about);
  const blank = find(root, ".layout").cloneNode(true);
  const held = make("template");
  const first = { layout: blank, records: find(root, ".records") };
  let linked = false;
  let shown = views?.first;
  let player = begin(root);
  if (views) {
    unpacked(packed).then((html) => {
      held.innerHTML = html;
      dress();
    });
  }

  /** Change to another view, at the same place in the backward pass, with the focus on a button of the bar. */
  function open(name, button) {
    const was = player;
    const before = placesIn(shown);
    was.pause();
    // Links are to images of the first view.
    if (shown === views.first) linked = !find(root, ".copy").hidden;
    const { layout, records } = name === views.first ? first : taken(held, name, blank);
    find(root, ".layout").replaceWith(layout.cloneNode(true));
    find(root, ".records").replaceWith(records);
    shown = name;
    player = begin(root);
    const after = placesIn(shown);
    const [at, seen] = [was.at, was.seen].map((image) => moved([image, was.count], before, after, player.count));
    player.resume(was, at, seen);
    find(root, ".speed").value = player.speed;
    find(root, ".copy").hidden = !linked || shown !== views.first;
    dress();
    const buttonOf = ({ dataset }) => dataset.opens === button;
    findAll(root, ".groups button").find(buttonOf)?.focus();
    if (!player.at) centre(find(root, ".picture"), button);
  }

  function placesIn(name) {
    return name === views.first ? views.places : player.records.places;
  }

  /** Put up the bar with all groups, and make the cards of folded groups open them. */
  function dress() {
    const bar = make("div", { className: "groups", role: "group", ariaLabel: "Groups" });
    bar.append(...buttons(views, shown, open));
    if (bar.textContent) find(root, ".picture").before(bar);
    const opens = new Map(views.groups);
    for (const card of findAll(root, ".card[data-group]")) {
      const { group } = card.dataset;
      if (opens.get(group)) makeOpener(card, () => open(opens.get(group), group));
    }
  }

  return () => player;
}

/** The views beside the first one as HTML. They are much alike, so that packed they take up little room. */
async function unpacked(packed) {
  const bytes = Uint8Array.from(atob(packed), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).text();
}

/** One of those views: its records, and a layout with its picture and its products. */
function taken(held, name, blank) {
  const template = find(held.content, `[data-view="${name}"]`);
  const view = template.content.cloneNode(true);
  const layout = blank.cloneNode(true);
  find(layout, ".title").textContent = template.dataset.title;
  find(layout, ".graph").replaceWith(find(view, ".graph"));
  for (const body of findAll(layout, "tbody")) body.remove();
  find(layout, "table").append(...findAll(view, "tbody"));
  return { layout, records: find(view, ".records") };
}

/**
 * The image of another view that is as far in the backward pass as an image of this one: the last one that is no
 * further, but the end is the end.
 *
 * @param here the image of this view, and how many there are
 * @param before how far each image of this view is; null if each is as far as its number
 * @param after the same of the other view
 * @param count how many images that has
 */
export function moved([image, last], before, after, count) {
  if (image === last) return count;
  const progress = before ? before[image] : image;
  return after ? after.findLastIndex((place) => place <= progress) : progress;
}

/** Scroll a picture, never the page, to what is in a group that has been unfolded; while nothing happens yet. */
function centre(picture, path) {
  const inside = findAll(picture, ".card[data-group]").filter(({ dataset }) => dataset.group.startsWith(`${path}/`));
  const boxes = inside.map(boxOf).filter((box) => box.width);
  if (!path || !boxes.length) return;
  const view = boxOf(picture);
  const of = (side, least) => (least ? Math.min : Math.max)(...boxes.map((box) => box[side]));
  picture.scrollLeft += (of("left", true) + of("right") - view.left - view.right) / 2;
  picture.scrollTop += (of("top", true) + of("bottom") - view.top - view.bottom) / 2;
}

/** Make a card a button that unfolds its group. */
function makeOpener(card, action) {
  setAttribute(card, "role", "button");
  setAttribute(card, "aria-expanded", "false");
  const right = find(card, ":scope > rect").getAttribute("width");
  const sign = shape("g", { class: "plus", transform: `translate(${right})` });
  sign.append(shape("circle", { r: 7 }), shape("path", { d: "M0-4v8m-4-4h8" }));
  card.append(sign);
  onClick(card, action);
  listen(card, "keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    event.stopPropagation();
    action();
  });
}

const outer = (path) => path.split("/").slice(0, -1).join("/");

/** The bar's buttons: a row for the outermost groups and all of them, and a row for what is in a group that is open. */
function buttons(views, shown, open) {
  const opens = new Map(views.groups);
  const opened = views.groups.find(([, name]) => name && name === shown)?.[0] ?? "";
  const everything = shown === views.unfolded;
  const rows = [];
  for (let path = opened; path; path = outer(path)) rows.unshift(path);

  function group([path, name]) {
    const isOpen = everything || `${opened}/`.startsWith(`${path}/`);
    const target = isOpen && !everything ? (opens.get(outer(path)) ?? views.folded) : name;
    const action = everything ? "Fold everything but" : isOpen ? "Fold" : "Unfold";
    const button = createButton("group", path.split("/").at(-1));
    button.title = `${action} ${button.textContent}`;
    button.dataset.opens = path;
    setAttribute(button, "aria-expanded", String(isOpen));
    onClick(button, () => open(target, path));
    return button;
  }

  function all(textContent, name) {
    if (!name || name === shown) return [];
    const button = createButton("all", textContent);
    button.dataset.opens = "";
    onClick(button, () => open(name, ""));
    return [button];
  }

  const inside = (path) => views.groups.filter(([other, name]) => name && outer(other) === path).map(group);

  /** What is in an open group. */
  function rowIn(path) {
    const name = make("span", { textContent: `in ${path.split("/").at(-1)}` });
    const row = make("div", { className: "row", role: "group", ariaLabel: `In ${path}` }, name);
    row.append(...inside(path));
    return row;
  }

  const ways = [["Fold all", views.folded], ["Unfold all", views.unfolded], ["As at first", views.given]];
  const nested = everything ? [] : rows.filter((path) => inside(path).length);
  return [
    make("div", { className: "row" }, ...inside(""), ...ways.flatMap((way) => all(...way))),
    ...nested.map(rowIn),
    ...(views.leftOut ? [make("p", { className: "hint", textContent: views.leftOut })] : []),
  ];
}

function createButton(kind, textContent) {
  return make("button", { type: "button", className: `plain ${kind}`, textContent });
}

hooks.open = openFolding;
