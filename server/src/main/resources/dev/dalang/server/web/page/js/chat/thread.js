// The conversation as it scrolls: its messages, of a long one those around what is in view, and its end as long as the
// reader is there.
import { html, render, nothing } from '/lib/lit-html/lit-html.js';
import { repeat } from '/lib/lit-html/directives/repeat.js';
import { nextFrame } from '../frame.js';
import { t } from '../strings.js';
import { store } from './store.js';
import { MessageView } from './message.js';
import { Rows } from './rows.js';

const NEAR_END = 60;

export class Thread {
  stick = true;
  last = 0;
  views = new Map();
  rows = new Rows();

  /** @param away told whether the reader has left the end */
  constructor(away) {
    this.away = away;
    this.move = nextFrame(() => this.moveNow());
    this.follow = nextFrame(() => this.followNow());
    this.inner = document.createElement('div');
    this.inner.className = 'inner';
    this.element = document.createElement('div');
    this.element.id = 'thread';
    this.element.tabIndex = 0;
    this.element.role = 'log';
    this.element.ariaLive = 'off';
    this.element.ariaLabel = t('chat.thread');
    this.element.append(this.inner);
    this.element.addEventListener('scroll', () => this.scrolled());
    // What grows late (colours, formulas, a window made narrower) must not push the end out of view.
    this.grown = new ResizeObserver(() => this.follow());
    this.grown.observe(this.inner);
    this.grown.observe(this.element);
  }

  /** Another conversation. */
  open() {
    this.views = new Map();
    this.rows = new Rows();
    this.stick = true;
    this.last = 0; // or the end of a shorter one would look like going up
  }

  close() {
    this.grown.disconnect();
    this.views = new Map();
  }

  /** @param welcome what stands there while nothing is said */
  draw(welcome) {
    const path = store.path;
    this.element.className = `thread ${store.hasColumns ? 'wide' : ''}`;
    if (path.length === 0) {
      render(welcome(), this.inner);
      return;
    }
    this.rows.path(path.map(m => m.id));
    if (this.stick) this.rows.end();
    this.drawRows();
    if (this.rows.guess === null) {
      this.measure();
      this.drawRows();
    }
    if (this.stick) this.follow();
    else this.move();
  }

  drawRows() {
    const { path, children } = store;
    const { from, to, above, below } = this.rows;
    const last = path.at(-1);
    render(html`${space(above, this.gap)}${repeat(path.slice(from, to), m => m.id, m => {
      const group = store.groupOf(m);
      if (group.length < 2) return this.view(m, children, m === last);
      return html`<div class="columns">${repeat(group, g => g.id, g => {
        const e = this.view(g, children, true);
        e.classList.toggle('chosen', g === m);
        return e;
      })}</div>`;
    })}${space(below, this.gap)}`, this.inner);
  }

  view(message, children, last) {
    let v = this.views.get(message.id);
    if (!v || v.message !== message) this.views.set(message.id, v = new MessageView(message));
    v.draw(children, last);
    return v.element;
  }

  heard(what) {
    this.views.get(what.message.id)?.heard(what);
    this.follow();
  }

  /** The elements of the rows, without the spaces. */
  get shown() {
    return [...this.inner.children].filter(e => !e.classList.contains('space'));
  }

  measure() {
    this.gap = parseFloat(getComputedStyle(this.inner).rowGap) || 0;
    this.rows.measured(this.shown.map(e => e.getBoundingClientRect().height + this.gap));
  }

  scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.element;
    if (scrollHeight - scrollTop - clientHeight < NEAR_END) this.stick = true;
    else if (scrollTop < this.last) this.stick = false; // the reader went up; else the end went away, and is followed
    this.last = scrollTop;
    this.away(!this.stick);
    this.move();
  }

  /** Other rows where the reader nears some that are not there; what is looked at stays where it is. */
  moveNow() {
    if (!this.element.isConnected || store.path.length !== this.rows.ids.length || store.path.length === 0) return;
    this.measure();
    const top = this.element.getBoundingClientRect().top;
    const y = top - this.inner.getBoundingClientRect().top;
    const looked = this.rows.at(y);
    if (!this.rows.move(y, this.element.clientHeight)) return;
    this.drawRows();
    const at = this.shown[looked.i - this.rows.from].getBoundingClientRect().top - top;
    const off = at - (looked.top - y);
    if (this.stick) this.follow();
    else if (Math.abs(off) >= 1) this.element.scrollTop += off;
    this.move();
  }

  /** Keeps the end in view while the reader is there; who scrolled away is left where they are. */
  followNow() {
    if (this.stick) this.element.scrollTop = this.element.scrollHeight;
  }

  /** To the end, and stay there. */
  toEnd() {
    this.stick = true;
    this.rows.end();
    if (store.path.length > 0) this.drawRows();
    this.follow();
    this.away(false);
  }
}

/** In place of rows that are left out; the gap to the next row is part of them. */
function space(height, gap) {
  return height > 0 ? html`<div class="space" .style=${`height:${height - gap}px`}></div>` : nothing;
}
