// Which messages of a long conversation stand in the page: those in view and some around them. Above and below them are
// spaces as high as what is left out, so that the scroll bar tells the truth. Arithmetic only; thread.js has the elements.

const AT_ONCE = 10;      // beyond what is in view, so that a frame stays short
const AT_END = 20;
const SEEN = 0.25;       // screens above and below that must be there
const WANTED = 1.5;      // that should be there soon
const KEPT = 3;          // that may stay

export class Rows {
  from = 0;
  to = 0;
  /** Of rows that stood in the page, with the gap below them. */
  heights = new Map();
  /** Of the others. It stays as it is once it is known, as the spaces were made with it. */
  guess = null;

  /** @param ids of the path, first to last */
  constructor(ids = []) {
    this.path(ids);
    this.end();
  }

  path(ids) {
    this.ids = ids;
    this.to = Math.min(this.to, ids.length);
    this.from = Math.max(0, Math.min(this.from, this.to - 1));
  }

  /** The reader is at the end, and stays there. */
  end() {
    const n = this.ids.length;
    if (this.to < n - AT_ONCE || n - this.from > 3 * AT_END) this.from = Math.max(0, n - AT_END);
    this.to = n;
  }

  /** Heights of the rows in the page, as they are now. */
  measured(heights) {
    heights.forEach((h, i) => this.heights.set(this.ids[this.from + i], h));
    if (heights.length > 0) this.guess ??= heights.reduce((a, h) => a + h, 0) / heights.length;
  }

  height(i) {
    return this.heights.get(this.ids[i]) ?? this.guess ?? 0;
  }

  /** Of the rows before i. */
  top(i) {
    let y = 0;
    for (let k = 0; k < i; k++) y += this.height(k);
    return y;
  }

  get above() {
    return this.top(this.from);
  }

  get below() {
    return this.top(this.ids.length) - this.top(this.to);
  }

  /** The row at a height. */
  at(y) {
    let top = 0;
    for (let i = 0; ; i++) {
      const next = top + this.height(i);
      if (next > y || i >= this.ids.length - 1) return { i, top };
      top = next;
    }
  }

  /** A step towards having the rows that are in view, and some around them. @returns whether others stand there now */
  move(y, screen) {
    const around = screens => [this.at(y - screens * screen).i, this.at(y + (1 + screens) * screen).i + 1];
    const [mustFrom, mustTo] = around(SEEN);
    const [from, to] = around(WANTED);
    const [leastFrom, mostTo] = around(KEPT);
    const before = [this.from, this.to];
    if (mustFrom > this.to || mustTo < this.from) [this.from, this.to] = [mustFrom, mustTo];
    else {
      this.from = Math.min(mustFrom, Math.max(from, this.from - AT_ONCE), Math.max(this.from, leastFrom));
      this.to = Math.max(mustTo, Math.min(to, this.to + AT_ONCE), Math.min(this.to, mostTo));
    }
    return this.from !== before[0] || this.to !== before[1];
  }
}
