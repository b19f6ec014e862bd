// Code blocks: a language, a copy button, colours once the block is complete. Invisible characters that turn the direction
// of text are made visible, since with them code can look like what it is not (CVE-2021-42574).
import { icon } from '../icons.js';
import { render } from '/lib/lit-html/lit-html.js';
import { t } from '../strings.js';
import { script, idle } from '../load.js';

const MOST_COLOURED = 60_000;
const PIECE = 16 * 1024;
const TURNING = /[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]/g;

export function codeFigure(language) {
  const figure = document.createElement('figure');
  figure.className = 'code';
  const caption = document.createElement('figcaption');
  const name = document.createElement('span');
  name.textContent = language || t('text.code');
  const copy = document.createElement('button');
  copy.type = 'button';
  copy.className = 'quiet';
  render([icon('copy'), t('text.copy')], copy);
  copy.setAttribute('aria-label', t('text.copyCode'));
  copy.onclick = () => copyText(figure.text.join(''), copy);
  caption.append(name, copy);
  const pre = document.createElement('pre');
  pre.tabIndex = 0;
  pre.setAttribute('aria-label', t('text.codeIn', language || t('text.code')));
  pre.role = 'group';
  figure.code = document.createElement('code');
  pre.append(figure.code);
  figure.append(caption, pre);
  figure.language = language;
  figure.text = [];
  figure.length_ = 0;
  return figure;
}

/** Text goes into pieces of bounded length: a browser lays a changed text node out anew as a whole. */
export function appendCode(figure, text) {
  figure.text.push(text);
  figure.length_ += text.length;
  const last = figure.code.lastChild;
  if (last?.nodeType === Node.TEXT_NODE && last.length + text.length < PIECE) last.appendData(text);
  else {
    for (let i = 0; i < text.length; i += PIECE) figure.code.append(document.createTextNode(text.slice(i, i + PIECE)));
  }
}

/** The colours' program; asked for when there is time, so that it does not come into the middle of an answer. */
export function highlighter() {
  return script('/lib/highlightjs/highlight.min.js', 'hljs').catch(() => null);
}

/** The block is complete. */
export async function finishCode(figure) {
  const text = figure.text.join('').replace(/\n$/, '');
  figure.text = [text];
  figure.code.normalize();
  if (text.length <= MOST_COLOURED && figure.language) {
    const hljs = await highlighter();
    await idle();
    const language = figure.language.toLowerCase();
    if (hljs?.getLanguage(language)) {
      // highlight.js escapes the text; its markup holds spans with classes and nothing else.
      const holder = document.createElement('template');
      holder.innerHTML = hljs.highlight(text, { language, ignoreIllegals: true }).value;
      figure.code.replaceChildren(holder.content);
    }
  }
  showTurning(figure.code);
}

function showTurning(root) {
  if (root.textContent.search(TURNING) < 0) return;
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const nodes = [];
  while (walker.nextNode()) nodes.push(walker.currentNode);
  for (const node of nodes) {
    const parts = [];
    let from = 0;
    for (const match of node.data.matchAll(TURNING)) {
      parts.push(document.createTextNode(node.data.slice(from, match.index)));
      const mark = document.createElement('span');
      mark.className = 'hidden-mark';
      mark.textContent = 'U+' + match[0].codePointAt(0).toString(16).toUpperCase().padStart(4, '0');
      parts.push(mark);
      from = match.index + 1;
    }
    if (parts.length > 0) node.replaceWith(...parts, document.createTextNode(node.data.slice(from)));
  }
}

/** Copies, and says so on the button for a moment. */
export async function copyText(text, button) {
  try {
    await navigator.clipboard.writeText(text);
  } catch (notAllowed) {
    const area = document.createElement('textarea');
    area.value = text;
    area.className = 'unseen';
    document.body.append(area);
    area.select();
    document.execCommand('copy');
    area.remove();
  }
  document.getElementById('announce').textContent = t('text.copied');
  if (!button) return;
  button.classList.add('copied');
  button.title = t('text.copied');
  const before = [...button.childNodes];
  const said = document.createElement('span');
  render([icon('check'), t('text.copied')], said);
  said.className = 'row';
  for (const n of before) if (n.nodeType !== Node.COMMENT_NODE && n instanceof Element) n.hidden = true;
  const texts = before.filter(n => n.nodeType === Node.TEXT_NODE).map(n => [n, n.data]);
  for (const [n] of texts) n.data = '';
  button.append(said);
  setTimeout(() => {
    said.remove();
    for (const n of before) if (n instanceof Element) n.hidden = false;
    for (const [n, data] of texts) n.data = data;
    button.classList.remove('copied');
    button.removeAttribute('title');
  }, 1500);
}
