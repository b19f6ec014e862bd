// The list of conversations: search, folders, pins, and what can be done with each.
import { html, render, nothing } from '/lib/lit-html/lit-html.js';
import { repeat } from '/lib/lit-html/directives/repeat.js';
import { t } from '../strings.js';
import { icon } from '../icons.js';
import { post } from '../api.js';
import { age } from '../format.js';
import { confirm, prompt, menu, toast, failed } from '../dialogs.js';
import { store } from './store.js';

let root = null;
let timer = 0;

export function sidebar(element) {
  if (!root) {
    store.addEventListener('list', draw);
    store.addEventListener('opened', draw);
  }
  root = element;
  draw();
}

function draw() {
  render(html`
    <div class="tools">
      <button class="button slim grow" @click=${fresh}>${icon('plus')}${t('chat.new')}</button>
      <button class="quiet" aria-label=${t('import')} title=${t('import.hint')} @click=${() => document.getElementById('import').click()}>${icon('in')}</button>
      <input type="file" id="import" accept=".json,application/json" hidden aria-label=${t('import')} @change=${bringIn}>
    </div>
    <div class="tools"><label class="unseen" for="search">${t('search')}</label><input type="search" id="search" placeholder=${t('search')} autocomplete="off" @input=${search}></div>
    <nav class="list" aria-label=${t('conversations')}>${store.found ? found() : sections()}</nav>`, root);
}

function fresh() {
  document.body.classList.remove('drawer');
  store.fresh();
  location.hash = '#/chat';
}

function search(e) {
  clearTimeout(timer);
  const q = e.target.value.trim();
  timer = setTimeout(() => store.loadConversations(q).catch(failed), 200);
}

function found() {
  if (store.found.length === 0) return html`<p class="hint">${t('search.nothing')}</p>`;
  return repeat(store.found, c => c.id, entry);
}

function sections() {
  const rest = [...store.conversations];
  const out = [];
  const section = (title, items, sign) => {
    if (items.length > 0) out.push(html`<h2>${sign ? icon(sign) : nothing}${title}</h2>${repeat(items, c => c.id, entry)}`);
  };
  section(t('pinned'), rest.filter(c => c.pinned), null);
  const folders = [...new Set(rest.filter(c => c.folder && !c.pinned).map(c => c.folder))].sort((a, b) => a.localeCompare(b));
  for (const f of folders) section(f, rest.filter(c => c.folder === f && !c.pinned), 'folder');
  const loose = rest.filter(c => !c.folder && !c.pinned);
  for (const a of ['today', 'week', 'month', 'older']) section(t('age.' + a), loose.filter(c => age(c.updated) === a), null);
  return out.length > 0 ? out : html`<h2>${t('conversations.none')}</h2>`;
}

function entry(c) {
  const current = store.open.id === c.id;
  return html`<div class="entry ${current ? 'current' : ''}">
    <a href="#/chat/${c.id}" aria-current=${current ? 'true' : nothing} title=${c.title} @click=${() => document.body.classList.remove('drawer')}><span dir="auto">${c.title}</span>${c.excerpt ? html`<small dir="auto">${c.excerpt}</small>` : nothing}</a>
    <button class="quiet more" aria-label=${t('conversation.more', c.title)} aria-haspopup="menu" @click=${e => more(e.currentTarget, c)}>${icon('more')}</button></div>`;
}

function more(button, c) {
  menu(button, [
    { label: t('rename'), icon: 'edit', run: () => rename(c) },
    { label: t(c.pinned ? 'unpin' : 'pin'), icon: 'pin', run: () => store.change(c.id, { pinned: !c.pinned }) },
    { label: t('folder.move'), icon: 'folder', run: () => move(c) },
    { label: t('export.md'), icon: 'out', run: () => download(c, 'md') },
    { label: t('export.json'), icon: 'out', run: () => download(c, 'json') },
    { label: t('delete'), icon: 'trash', danger: true, run: () => drop(c) },
  ]);
}

async function rename(c) {
  const title = await prompt(t('rename.to'), c.title, t('save'));
  if (title?.trim()) store.change(c.id, { title: title.trim() });
}

async function move(c) {
  const folders = [...new Set(store.conversations.map(x => x.folder).filter(Boolean))];
  const folder = await prompt(t('folder.to'), c.folder ?? '', t('save'), folders);
  if (folder !== undefined) store.change(c.id, { folder: folder.trim() || null });
}

async function drop(c) {
  if (await confirm(t('delete.sure', c.title), t('delete'), true)) await store.delete(c.id).catch(failed);
}

function download(c, format) {
  const a = document.createElement('a');
  a.href = `/dalang/conversations/${c.id}/export?format=${format}`;
  a.download = '';
  a.click();
}

async function bringIn(e) {
  const file = e.target.files[0];
  e.target.value = '';
  if (!file) return;
  try {
    const { imported, skipped } = await post('conversations/import', await file.text());
    toast(t('import.done', imported, skipped));
    await store.loadConversations();
  } catch (error) {
    failed(error);
  }
}
