// All branches of the conversation as the tree that they are; a click shows one.
import { html, nothing } from '/lib/lit-html/lit-html.js';
import { t } from '../strings.js';
import { icon } from '../icons.js';
import { store } from './store.js';

export function branchesPanel(close) {
  const children = store.children;
  const path = new Set(store.path.map(m => m.id));
  return html`<aside class="panel" aria-label=${t('branches')}>
    <header><h2>${t('branches')}</h2><button class="quiet" aria-label=${t('close')} @click=${close}>${icon('close')}</button></header>
    <div class="body"><p class="hint">${t('branches.hint')}</p>
      ${children.get(null).length > 0 ? html`<ul class="tree">${children.get(null).map(id => node(id, children, path))}</ul>` : html`<p class="muted">${t('branches.none')}</p>`}</div></aside>`;
}

/** A chain without forks is one level, so that a long conversation does not run out of the panel. */
function node(id, children, path) {
  const chain = [];
  let at = id;
  for (;;) {
    chain.push(at);
    const next = children.get(at) ?? [];
    if (next.length !== 1) break;
    at = next[0];
  }
  const forks = children.get(at) ?? [];
  return html`${chain.map(c => html`<li><button class="${path.has(c) ? 'on' : ''} ${store.open.leaf === c ? 'leaf' : ''}" aria-current=${store.open.leaf === c ? 'true' : nothing} @click=${() => store.choose(c)} dir="auto">${label(store.messages.get(c))}</button></li>`)}
    ${forks.length > 0 ? forks.map(f => html`<li><ul>${node(f, children, path)}</ul></li>`) : nothing}`;
}

function label(m) {
  const text = m.body.replace(/\s+/g, ' ').slice(0, 80) || '…';
  return m.role === 'user' ? text : `${m.role === 'tool' ? m.detail.name : m.detail.model ?? ''}: ${text}`;
}
