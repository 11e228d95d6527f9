/** What the player knows and what can be done with it. Views are told of every change and show it. */

import { backward, latestFrames, pathTo, recompute } from "./engine.js";

const HOLD_MS = 1200;

export class Player {
  /** Functions that are told of every change, in order, with what there is to see: `view(now)`. */
  views = [];
  #timer = 0;

  /**
   * @param records the records of the page's trace
   * @param rules the op table
   */
  constructor(records, rules) {
    this.records = records;
    this.rules = rules;
    this.count = records.frames.length;
    this.at = 0;
    this.seen = this.count;
    this.predicting = false;
    this.playing = false;
    this.speed = 1;
    this.origin = null;
    this.given = new Map();
    this.#compute(records.nodes);
  }

  /** Tell all views what there is to see. */
  show() {
    const now = this.now();
    for (const view of this.views) view(now);
  }

  /** Everything that there is to see at the moment. */
  now() {
    const { at, count, seen, predicting, origin, nodes, frames } = this;
    const { output } = this.records;
    return {
      ...this,
      output,
      current: at ? frames[at - 1] : null,
      latest: latestFrames(frames, at),
      asked: predicting && at === seen && at < count ? frames[at] : null,
      path: pathTo(nodes, output, origin),
    };
  }

  /** Go to an image: 0 is the start, 1 shows the first frame. Nobody gets past a frame that has to be predicted. */
  go(at) {
    this.at = Math.max(0, Math.min(at, this.seen));
    this.show();
  }

  /** Go on as another player of the same trace, at an image, with those up to `seen` shown if the next is predicted. */
  resume({ speed, predicting }, at, seen) {
    this.speed = speed;
    this.predicting = predicting;
    this.seen = predicting ? seen : this.count;
    this.go(at);
  }

  step(by) {
    this.pause();
    this.go(this.at + by);
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
    this.show();
  }

  /** Play on, from the beginning if the end has been reached. */
  play() {
    if (this.at === this.count) this.at = 0;
    this.playing = this.at < this.seen;
    this.#schedule();
  }

  pause() {
    this.playing = false;
    clearTimeout(this.#timer);
  }

  setSpeed(speed) {
    this.speed = speed;
    this.#schedule();
    this.show();
  }

  /** Hide what has not been shown yet, to be predicted; or show everything again. */
  predict(on) {
    this.pause();
    this.predicting = on;
    this.seen = on ? this.at : this.count;
    this.show();
  }

  /** Show the frame that was to be predicted. */
  reveal() {
    this.seen += 1;
    this.go(this.seen);
  }

  /** Point at a node, to see where its gradient comes from; null for none. */
  point(node) {
    if (this.origin === node) return;
    this.origin = node;
    this.show();
  }

  /**
   * Give leaves other numbers, as a Map by id; the others have their own.
   *
   * @throws DomainError where there is no finite result; nothing has changed then
   */
  give(given) {
    this.#compute(given.size ? recompute(this.records.nodes, this.rules, given) : this.records.nodes);
    this.given = given;
    this.show();
  }

  #compute(nodes) {
    this.nodes = nodes;
    this.frames = this.records.fixed ? this.records.frames : backward(nodes, this.records.frames);
  }

  #schedule() {
    clearTimeout(this.#timer);
    if (this.playing) this.#timer = setTimeout(() => this.#tick(), HOLD_MS / this.speed);
  }

  #tick() {
    this.at += 1;
    this.playing = this.at < this.seen;
    this.show();
    this.#schedule();
  }
}
