// Tokens to elements. Nothing is ever parsed as HTML except the model's own inline HTML, and that goes through DOMPurify
// with a short list of tags and no attributes but a few.
import DOMPurify from '/lib/dompurify/purify.es.mjs';
import { codeFigure, appendCode, finishCode } from './code.js';
import { mathElement } from './math.js';
import { t } from '../strings.js';

const ROWS_SHOWN = 400;
const DEEPEST = 24;
const HARMLESS = ['b', 'i', 'em', 'strong', 'u', 's', 'del', 'ins', 'sub', 'sup', 'small', 'kbd', 'mark', 'br', 'details', 'summary', 'p', 'code', 'q', 'abbr', 'ul', 'ol', 'li', 'hr', 'table', 'thead', 'tbody', 'tr', 'td', 'th', 'blockquote', 'dl', 'dt', 'dd'];
const ADDRESS = /^(?:https?:|mailto:)/i;

/**
 * @param outline {level}: of the heading before, which a message's own is for the first; kept up to date here
 * @returns nodes for block tokens
 */
export function renderTokens(tokens, outline, depth = 0) {
  return tokens.flatMap(token => block(token, outline, depth));
}

function el(name, ...children) {
  const e = document.createElement(name);
  e.append(...children);
  return e;
}

function block(token, outline, depth) {
  if (depth > DEEPEST) return [document.createTextNode(token.raw ?? '')];
  switch (token.type) {
    case 'space': case 'def': return [];
    case 'paragraph': return [el('p', ...inline(token.tokens, depth + 1))];
    case 'heading': return [heading(token, outline, depth)];
    case 'hr': return [el('hr')];
    case 'blockquote': return [el('blockquote', ...renderTokens(token.tokens, outline, depth + 1))];
    case 'code': {
      const figure = codeFigure((token.lang ?? '').trim().split(/\s+/)[0]);
      appendCode(figure, token.text);
      finishCode(figure);
      return [figure];
    }
    case 'list': return [list(token, outline, depth)];
    case 'table': return [renderTable(token).element];
    case 'html': return harmless(token.text);
    case 'math': return [mathElement(token.text, token.display)];
    default: return token.tokens ? inline(token.tokens, depth + 1) : inline([token], depth + 1);
  }
}

/**
 * It looks as the model wanted it; for whoever goes from heading to heading no level is left out, and all are below the
 * message's own.
 */
function heading(token, outline, depth) {
  outline.level = Math.min(outline.level + 1, token.depth + 2, 6);
  const e = el('h' + outline.level, ...inline(token.tokens, depth + 1));
  e.className = 'h' + token.depth;
  return e;
}

function list(token, outline, depth) {
  const e = document.createElement(token.ordered ? 'ol' : 'ul');
  if (token.ordered && token.start !== 1 && token.start !== '') e.start = token.start;
  for (const item of token.items) {
    const li = document.createElement('li');
    if (item.task && !item.tokens.some(t => t.type === 'checkbox')) li.append(checkbox(item.checked));
    li.append(...renderTokens(item.tokens, outline, depth + 1));
    e.append(li);
  }
  return e;
}

function checkbox(checked) {
  const box = document.createElement('input');
  box.type = 'checkbox';
  box.disabled = true;
  box.checked = Boolean(checked);
  box.setAttribute('aria-label', t(checked ? 'text.done' : 'text.open'));
  return box;
}

/** A table, of which a long one shows its beginning first. */
export function renderTable(token) {
  const head = document.createElement('tr');
  token.header.forEach((cell, i) => head.append(tableCell('th', cell, token.align[i])));
  const body = document.createElement('tbody');
  body.align = token.align;
  const element = el('div', el('table', el('thead', head), body));
  element.className = 'scroll-x';
  element.tabIndex = 0;
  element.role = 'group';
  element.setAttribute('aria-label', t('text.table'));
  appendRows(body, token.rows);
  return { element, body };
}

export function appendRows(body, rows) {
  body.held ??= [];
  for (const row of rows) {
    if (body.rows.length >= ROWS_SHOWN && !body.open) body.held.push(row);
    else body.append(rowOf(row, body));
  }
  if (body.held.length === 0) return;
  if (!body.button) {
    body.button = el('button');
    body.button.className = 'button slim';
    body.button.type = 'button';
    body.button.onclick = () => moreRows(body);
    body.closest('div')?.append(body.button);
  }
  body.button.textContent = t('text.moreRows', body.held.length);
}

function moreRows(body) {
  for (const row of body.held.splice(0, ROWS_SHOWN)) body.append(rowOf(row, body));
  if (body.held.length > 0) {
    body.button.textContent = t('text.moreRows', body.held.length);
    return;
  }
  body.button.remove();
  body.button = null;
}

function rowOf(row, body) {
  const tr = document.createElement('tr');
  row.forEach((cell, i) => tr.append(tableCell('td', cell, cell.align)));
  return tr;
}

function tableCell(name, cell, align) {
  const e = el(name, ...inline(cell.tokens, 1));
  if (align) e.setAttribute('align', align);
  return e;
}

/** @returns nodes for inline tokens; HTML tags among them are put together first, as a pair is two tokens */
function inline(tokens = [], depth) {
  if (depth > DEEPEST) return [document.createTextNode(tokens.map(x => x.raw).join(''))];
  const nodes = [];
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i];
    if (token.type === 'html') {
      const [made, used] = inlineHtml(tokens, i, depth);
      nodes.push(...made);
      i += used - 1;
    } else nodes.push(...span(token, depth));
  }
  return nodes;
}

const PAIR = /^<(b|i|em|strong|u|s|del|ins|sub|sup|small|kbd|mark|q)>$/i;

/** An opening tag, what is in it, and its closing tag become an element; any other tag is text that can be seen. */
function inlineHtml(tokens, at, depth) {
  const text = tokens[at].text ?? tokens[at].raw;
  if (/^<br\s*\/?>$/i.test(text)) return [[el('br')], 1];
  const open = PAIR.exec(text);
  if (open) {
    const close = tokens.findIndex((x, i) => i > at && x.type === 'html' && x.raw.toLowerCase() === `</${open[1].toLowerCase()}>`);
    if (close > 0) return [[el(open[1].toLowerCase(), ...inline(tokens.slice(at + 1, close), depth + 1))], close - at + 1];
  }
  return [[document.createTextNode(text)], 1];
}

function span(token, depth) {
  switch (token.type) {
    case 'text': return token.tokens ? inline(token.tokens, depth + 1) : [document.createTextNode(plain(token))];
    case 'escape': return [document.createTextNode(plain(token))];
    case 'strong': return [el('strong', ...inline(token.tokens, depth + 1))];
    case 'em': return [el('em', ...inline(token.tokens, depth + 1))];
    case 'del': return [el('del', ...inline(token.tokens, depth + 1))];
    case 'codespan': return [el('code', plain(token))];
    case 'br': return [el('br')];
    case 'checkbox': return [checkbox(token.checked)];
    case 'math': return [mathElement(token.text, token.display)];
    case 'link': return [link(token, inline(token.tokens, depth + 1))];
    // A picture would ask another host for itself; the reader may.
    case 'image': return [link(token, [document.createTextNode(t('text.picture', token.text || token.href))])];
    default: return [document.createTextNode(token.raw ?? '')];
  }
}

function plain(token) {
  const text = token.text ?? token.raw;
  return token.type === 'text' && text.includes('&') ? unescaped(text) : text;
}

/** Character references (&amp;) are the browser's to read; a text area reads them and nothing else. */
function unescaped(text) {
  const area = document.createElement('textarea');
  area.innerHTML = text.replaceAll('<', '&lt;');
  return area.value;
}

function link(token, children) {
  if (!ADDRESS.test(token.href.trim())) return el('span', ...children);
  const a = el('a', ...children);
  a.href = token.href.trim();
  a.target = '_blank';
  a.rel = 'noopener noreferrer nofollow';
  a.title = token.href;
  return a;
}

/** HTML as the model wrote it where it is harmless; what is not is shown as the text that it is, so that nothing hides. */
function harmless(text) {
  const fragment = DOMPurify.sanitize(text, { ALLOWED_TAGS: HARMLESS, ALLOWED_ATTR: ['open', 'colspan', 'rowspan', 'start'], KEEP_CONTENT: true, FORCE_BODY: true, RETURN_DOM_FRAGMENT: true, ALLOW_DATA_ATTR: false, ALLOW_ARIA_ATTR: false });
  // FORCE_BODY keeps a leading script or style from getting lost in the head; its own mark is named REMOVE.
  if (DOMPurify.removed.some(r => !['BODY', 'REMOVE'].includes(r.element?.nodeName))) {
    const literal = el('p', text);
    literal.className = 'literal';
    return [literal];
  }
  return [...fragment.childNodes];
}
