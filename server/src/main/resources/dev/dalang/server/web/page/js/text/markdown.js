// Markdown that grows. What is finished is rendered once and never touched again; only the last, unfinished block is
// rendered anew as text comes. Code blocks and tables grow line by line, so that their cost does not rise with their size.
// Whatever a model writes is data: HTML is cut down to a few harmless tags, addresses to http, https and mailto.
import { Lexer } from '/lib/marked/marked.esm.js';
import { nextFrame } from '../frame.js';
import { codeFigure, finishCode, appendCode } from './code.js';
import { renderTokens, renderTable, appendRows } from './render.js';
import { markedOptions } from './grammar.js';

const MOST_AT_ONCE = 16 * 1024; // characters given to the parser together
const LONG_LIST = 2 * 1024;
const PART = 32; // blocks that are laid out together
const LONG_TABLE_ROWS = 12;
const FRAME_BUDGET_MS = 7;
const OPEN_FENCE = /^( {0,3})(`{3,}|~{3,})([^\n]*)\n/;

export class MarkdownStream {
  /** @param root the element that receives the blocks */
  constructor(root) {
    this.root = root;
    root.classList.add('md');
    this.pending = '';   // text that no finished block holds yet
    this.links = {};     // link definitions seen so far
    this.outline = { level: 2 }; // of the last heading that is finished; a message's own has level 2
    this.fence = null;   // the code block that is being written
    this.table = null;   // the table that is being written
    this.done = false;
    this.schedule = nextFrame(() => this.step());
    this.tailCost = 0;
    this.lastTail = 0;
    this.afterList = false;
    this.part = null;
    this.tail = document.createElement('div');
    this.tail.className = 'tail';
    root.replaceChildren(this.tail);
    this.settled = new Promise(resolve => { this.resolve = resolve; });
  }

  append(text) {
    // The parser takes them out as well, and then its lengths would not be ours.
    this.pending += text.replaceAll('\r', '');
    this.schedule();
  }

  /** The text is complete. */
  finish() {
    this.done = true;
    this.schedule();
    return this.settled;
  }

  /** Whole text at once; short ones are there when this returns. */
  set(text) {
    this.pending = text.replaceAll('\r', '');
    this.done = true;
    this.step();
  }

  step() {
    const until = performance.now() + FRAME_BUDGET_MS;
    while (this.advance()) {
      if (performance.now() > until) {
        this.schedule();
        return;
      }
    }
    this.renderTail();
    if (this.done && !this.pending) {
      this.tail.remove();
      this.resolve();
    } else if (this.done) this.schedule();
  }

  /** Finishes one piece of the pending text; false when nothing more is finished. */
  advance() {
    if (this.fence) return this.advanceCode();
    if (this.table) return this.advanceTable();
    if (!this.pending) return false;
    const cut = this.pending.length > MOST_AT_ONCE;
    const text = cut ? this.pending.slice(0, this.cutAt()) : this.pending;
    const whole = this.done && !cut;
    const tokens = this.lex(text);
    const open = lastSolid(tokens);
    if (open < 0) {
      // Blank lines only.
      if (whole || cut) this.pending = this.pending.slice(text.length);
      return cut;
    }
    const last = tokens[open];
    const before = tokens.slice(0, open);
    const fence = last.type === 'code' && OPEN_FENCE.exec(last.raw);
    if (fence && !closed(last.raw, fence)) {
      this.commit(before);
      this.openFence(fence, raw(before));
      return true;
    }
    if (last.type === 'table' && last.rows.length >= LONG_TABLE_ROWS && !whole) {
      this.commit(before);
      this.openTable(last, raw(before));
      return true;
    }
    if (whole) {
      this.commit(tokens);
      this.pending = '';
      return false;
    }
    if (before.length > 0) {
      this.commit(before);
      this.pending = this.pending.slice(raw(before).length);
      return true;
    }
    if (last.type === 'list' && last.raw.length > LONG_LIST && this.splitList(last)) return true;
    if (cut) {
      this.commit(tokens);
      this.pending = this.pending.slice(text.length);
      return true;
    }
    return false;
  }

  /** Where to cut a long text: after a line, else after a word, never within a character. */
  cutAt() {
    const line = this.pending.lastIndexOf('\n', MOST_AT_ONCE - 1);
    if (line > MOST_AT_ONCE / 2) return line + 1;
    const word = this.pending.lastIndexOf(' ', MOST_AT_ONCE - 1);
    if (word > MOST_AT_ONCE / 2) return word + 1;
    const code = this.pending.charCodeAt(MOST_AT_ONCE - 1);
    return code >= 0xd800 && code < 0xdc00 ? MOST_AT_ONCE - 1 : MOST_AT_ONCE;
  }

  lex(text) {
    const lexer = new Lexer(markedOptions);
    Object.assign(lexer.tokens.links, this.links);
    const tokens = lexer.lex(text);
    this.newLinks = tokens.links;
    return tokens;
  }

  commit(tokens) {
    Object.assign(this.links, this.newLinks);
    for (const token of tokens) {
      if (token.type === 'space' || token.type === 'def') continue;
      const block = document.createElement('div');
      block.className = 'block';
      block.append(...renderTokens([token], this.outline));
      if (!block.hasChildNodes()) continue;
      if (token.type === 'heading') block.classList.add('head');
      if (token.type === 'list' && this.afterList) block.classList.add('goes-on');
      this.place(block);
      this.afterList = false;
    }
    this.tail.replaceChildren();
  }

  /** Of a long text only the parts that can be seen are laid out, so that it may grow for ever. */
  place(block) {
    if (!this.part || this.part.childElementCount >= PART) {
      if (this.part) this.root.classList.add('long');
      this.part = document.createElement('div');
      this.part.className = block.className.replace('block', 'part');
      this.root.insertBefore(this.part, this.tail);
    }
    this.part.append(block);
  }

  /** Finishes all points of a long list but the last one. */
  splitList(list) {
    const items = list.items.slice(0, -1);
    const text = items.map(i => i.raw).join('');
    if (items.length === 0 || !this.pending.startsWith(text)) return false;
    this.commit([{ ...list, items, raw: text }]);
    this.afterList = true;
    this.pending = this.pending.slice(text.length);
    return true;
  }

  openFence(fence, before) {
    const figure = codeFigure(fence[3].trim().split(/\s+/)[0]);
    const block = document.createElement('div');
    block.className = 'block';
    block.append(figure);
    this.place(block);
    this.tail.replaceChildren();
    this.fence = { figure, indent: fence[1].length, mark: fence[2][0], length: fence[2].length };
    this.pending = this.pending.slice(before.length + fence[0].length);
  }

  advanceCode() {
    const { figure, indent, mark, length } = this.fence;
    const close = new RegExp(`^ {0,3}\\${mark}{${length},}[ \\t]*$`);
    let at = 0;
    let text = '';
    for (;;) {
      const end = this.pending.indexOf('\n', at);
      if (end < 0 && !this.done) break;
      const line = this.pending.slice(at, end < 0 ? undefined : end);
      const closes = close.test(line);
      at = end < 0 ? this.pending.length : end + 1;
      if (!closes) text += unindented(line, indent) + (end < 0 ? '' : '\n');
      if (closes || end < 0) {
        appendCode(figure, text);
        finishCode(figure);
        this.fence = null;
        this.pending = this.pending.slice(at);
        return true;
      }
    }
    let rest = this.pending.slice(at);
    // An unfinished line may be shown unless it may become the end of the block.
    if (rest.length > 512 || !/^ {0,3}[`~]*[ \t]*$/.test(rest)) {
      text += unindented(rest, rest.length > 512 ? 0 : indent);
      rest = '';
      this.fence.indent = 0;
    }
    if (text) appendCode(figure, text);
    if (text.endsWith('\n')) this.fence.indent = indent;
    this.pending = rest;
    return false;
  }

  openTable(token, before) {
    const block = document.createElement('div');
    block.className = 'block';
    // The last row may be half there: it stays pending.
    const { element, body } = renderTable({ ...token, rows: token.rows.slice(0, -1) });
    block.append(element);
    this.place(block);
    this.tail.replaceChildren();
    const lines = token.raw.replace(/\n+$/, '').split('\n');
    const head = lines.slice(0, 2).join('\n') + '\n';
    const kept = lines.slice(0, -1).join('\n') + '\n';
    this.table = { body, head };
    this.pending = this.pending.slice(before.length + kept.length);
  }

  advanceTable() {
    let at = 0;
    let lines = '';
    let over = false;
    for (;;) {
      const end = this.pending.indexOf('\n', at);
      if (end < 0 && !this.done) break;
      const line = this.pending.slice(at, end < 0 ? undefined : end);
      if (!line.includes('|')) {
        over = true;
        break;
      }
      lines += line + '\n';
      at = end < 0 ? this.pending.length : end + 1;
      if (lines.length > MOST_AT_ONCE) break;
      if (end < 0) { over = true; break; }
    }
    if (lines) {
      const token = this.lex(this.table.head + lines).find(t => t.type === 'table');
      if (token) appendRows(this.table.body, token.rows);
    }
    this.pending = this.pending.slice(at);
    if (!over && this.pending.length > MOST_AT_ONCE && !lines) over = true;
    if (over) this.table = null;
    return over || lines.length > MOST_AT_ONCE;
  }

  renderTail() {
    if (this.fence || this.table) return;
    if (!this.pending.trim()) {
      this.tail.replaceChildren();
      return;
    }
    // What costs much is done rarely, so that the page stays free most of the time.
    const wait = this.tailCost > 4 ? this.tailCost * 8 : 0;
    const now = performance.now();
    if (now - this.lastTail < wait && !this.done) {
      setTimeout(() => this.schedule(), wait);
      return;
    }
    this.tail.replaceChildren(...renderTokens(this.lex(this.pending), { ...this.outline }));
    this.lastTail = performance.now();
    this.tailCost = this.lastTail - now;
  }
}

function lastSolid(tokens) {
  for (let i = tokens.length - 1; i >= 0; i--) if (tokens[i].type !== 'space') return i;
  return -1;
}

function raw(tokens) {
  return tokens.map(t => t.raw).join('');
}

function closed(text, fence) {
  const lines = text.replace(/\n$/, '').split('\n');
  return lines.length > 1 && new RegExp(`^ {0,3}\\${fence[2][0]}{${fence[2].length},}[ \\t]*$`).test(lines.at(-1));
}

function unindented(line, indent) {
  let n = 0;
  while (n < indent && line[n] === ' ') n++;
  return line.slice(n);
}
