// The chat page: the models at the top, the conversation, the composer, and a panel for settings or branches.
import { html, render, nothing } from '/lib/lit-html/lit-html.js';
import { repeat } from '/lib/lit-html/directives/repeat.js';
import { t } from '../strings.js';
import { icon } from '../icons.js';
import { drawer } from '../main.js';
import { menu, failed } from '../dialogs.js';
import { store } from './store.js';
import { MessageView } from './message.js';
import { Composer } from './composer.js';
import { idle } from '../load.js';
import { highlighter } from '../text/code.js';
import { settingsPanel } from './settings.js';
import { branchesPanel } from './branches.js';

const SHOWN_AT_FIRST = 40;
const MORE_AT_ONCE = 10;

let root = null;
let composer = null;
let panel = null;
let shown = SHOWN_AT_FIRST;
let views = new Map();
let stick = true;
let watched = null;
let watchGrowth = () => {};

export function open(element, [id]) {
  root = element;
  composer = new Composer();
  composer.restore();
  const off = new AbortController();
  const on = (what, run) => store.addEventListener(what, run, { signal: off.signal });
  on('change', draw);
  on('busy', draw);
  on('opened', () => { views = new Map(); shown = SHOWN_AT_FIRST; stick = true; draw(); composer.restore(); composer.count(); composer.focus(); });
  on('message', e => {
    const { message } = e.detail;
    views.get(message.id)?.heard(e.detail);
    follow();
    if (e.detail.end) composer.count();
  });
  // What grows late (colours, formulas, a window made narrower) must not push the end out of view.
  const grown = new ResizeObserver(() => follow());
  off.signal.addEventListener('abort', () => grown.disconnect());
  watchGrowth = () => {
    const inner = root?.querySelector('.thread > .inner');
    if (!inner || inner === watched) return;
    watched = inner;
    grown.disconnect();
    grown.observe(inner);
    grown.observe(document.getElementById('thread'));
  };
  draw();
  if (id) go([id]);
  else if (store.open.id) history.replaceState(null, '', '#/chat/' + store.open.id);
  composer.focus();
  setTimeout(() => idle().then(highlighter), 1500);
  return () => { off.abort(); views = new Map(); root = null; };
}

export function go([id]) {
  if (id) store.load(id).catch(error => { failed(error); history.replaceState(null, '', '#/chat'); });
  else if (store.open.id) store.fresh();
}

export function escape() {
  if (store.busy) store.stop();
  else if (panel) { panel = null; draw(); }
}

function draw() {
  if (!root) return;
  render(html`
    ${top()}
    <div class="chat">
      <div class="chat-main">
        <div class="thread ${hasColumns() ? 'wide' : ''}" id="thread" @scroll=${scrolled} tabindex="0" role="log" aria-live="off" aria-label=${t('chat.thread')}>
          ${store.path.length === 0 ? welcome() : html`<div class="inner">${messages()}</div>`}
        </div>
        ${composer.element}
      </div>
      ${panel === 'settings' ? settingsPanel(close) : panel === 'branches' ? branchesPanel(close) : nothing}
    </div>`, root);
  composer.draw();
  watchGrowth();
  follow();
}

function close() {
  panel = null;
  draw();
}

function top() {
  const name = n => store.models.find(m => m.name === n);
  return html`<header class="top">
    ${store.path.length > 0 ? html`<h1 class="unseen">${store.open.title || t('page.chat')}</h1>` : nothing}
    <button class="quiet only-narrow" aria-label=${t('menu')} @click=${drawer(true)}>${icon('menu')}</button>
    <div class="together grow">${store.asked.map((asked, i) => html`<span class="pick">
      <label class="unseen" for="model-${i}">${t('chat.model')}</label>
      <select id="model-${i}" title=${name(asked)?.title ?? asked} .value=${asked} @change=${e => pick(i, e.target.value)}>
        ${groups().map(([kind, models]) => html`<optgroup label=${t('kind.' + kind)}>${models.map(m => html`<option value=${m.name} ?selected=${m.name === asked}>${m.name}</option>`)}</optgroup>`)}
      </select>
      ${store.asked.length > 1 ? html`<button class="quiet" aria-label=${t('chat.without', asked)} @click=${() => store.ask(store.asked.filter((_, k) => k !== i))}>${icon('close')}</button>` : nothing}
      </span>`)}
      ${store.models.length > 1 && store.asked.length < 4 ? html`<button class="quiet" title=${t('chat.beside')} aria-label=${t('chat.beside')} @click=${beside}>${icon('columns')}</button>` : nothing}
    </div>
    <button class="quiet" aria-pressed=${store.open.private} title=${t('private.hint')} aria-label=${t('private')} @click=${() => { store.fresh(!store.open.private); history.replaceState(null, '', '#/chat'); }}>${icon('ghost')}</button>
    <button class="quiet" aria-pressed=${panel === 'branches'} title=${t('branches')} aria-label=${t('branches')} @click=${() => toggle('branches')}>${icon('branch')}</button>
    <button class="quiet" aria-pressed=${panel === 'settings'} title=${t('settings')} aria-label=${t('settings')} @click=${() => toggle('settings')}>${icon('settings')}</button>
  </header>`;
}

function groups() {
  const kinds = ['built_in', 'local', 'hosted'];
  return kinds.map(k => [k, store.models.filter(m => m.kind === k)]).filter(([, models]) => models.length > 0);
}

function pick(i, model) {
  if (store.asked.includes(model) && store.asked[i] !== model) {
    draw();
    return;
  }
  store.ask(store.asked.map((m, k) => k === i ? model : m));
  composer.count();
}

function beside(e) {
  const rest = store.models.filter(m => !store.asked.includes(m.name));
  menu(e.currentTarget, rest.slice(0, 12).map(m => ({ label: m.name, icon: 'plus', run: () => store.ask([...store.asked, m.name]) })));
}

function toggle(which) {
  panel = panel === which ? null : which;
  draw();
}

function welcome() {
  // The model that comes with Dalang knows little: what is proposed is what it can do.
  const small = store.models.find(m => m.name === store.asked[0])?.kind === 'built_in';
  const ideas = small ? ['capital', 'sum', 'neighbours', 'joke'] : ['explain', 'write', 'code', 'think'];
  return html`<div class="inner"><div class="welcome">
    <img src="/mark.svg" alt="" width="58" height="75">
    <h1>${t(store.open.private ? 'welcome.private' : 'welcome')}</h1>
    <p class="muted">${store.open.private ? t('private.hint') : store.models.length === 0 ? t('chat.noModel') : t('welcome.lead')}</p>
    <div class="ideas">${ideas.map(i => html`<button type="button" @click=${() => composer.put(t(`idea.${i}.text`))}><b>${t(`idea.${i}`)}</b><span class="small muted">${t(`idea.${i}.text`)}</span></button>`)}</div>
  </div></div>`;
}

function hasColumns() {
  return store.path.some(m => m.detail.group && groupOf(m).length > 1);
}

function groupOf(message) {
  return [...store.messages.values()].filter(m => m.detail.group === message.detail.group && m.parent === message.parent);
}

function messages() {
  const path = store.path;
  const from = Math.max(0, path.length - shown);
  const last = path.at(-1);
  const children = store.children;
  return html`${from > 0 ? html`<button class="button slim" @click=${earlier}>${t('chat.earlier', from)}</button>` : nothing}
    ${repeat(path.slice(from), m => m.id, m => {
      if (!m.detail.group) return view(m, children, m === last);
      const group = groupOf(m);
      if (group.length < 2) return view(m, children, m === last);
      return html`<div class="columns">${repeat(group, g => g.id, g => {
        const e = view(g, children, true);
        e.classList.toggle('chosen', g === m);
        return e;
      })}</div>`;
    })}`;
}

function view(message, children, last) {
  let v = views.get(message.id);
  if (!v || v.message !== message) views.set(message.id, v = new MessageView(message));
  v.draw(children, last);
  return v.element;
}

function earlier() {
  const thread = document.getElementById('thread');
  const below = thread.scrollHeight - thread.scrollTop;
  shown += MORE_AT_ONCE;
  stick = false;
  draw();
  thread.scrollTop = thread.scrollHeight - below;
}

function scrolled(e) {
  const thread = e.currentTarget;
  stick = thread.scrollHeight - thread.scrollTop - thread.clientHeight < 60;
  composer.away(!stick);
  if (thread.scrollTop < 2 * thread.clientHeight && store.path.length > shown) earlierSoon();
}

let coming = false;

/** A few in each frame, so that scrolling stays smooth. */
function earlierSoon() {
  if (coming) return;
  coming = true;
  requestAnimationFrame(() => {
    coming = false;
    const thread = document.getElementById('thread');
    if (!thread || store.path.length <= shown) return;
    earlier();
    scrolled({ currentTarget: thread });
  });
}

let following = false;

/** Keeps the end in view while the reader is there; who scrolled away is left where they are. */
function follow() {
  if (following) return;
  following = true;
  requestAnimationFrame(() => {
    following = false;
    const thread = document.getElementById('thread');
    if (stick && thread) thread.scrollTop = thread.scrollHeight;
  });
}

/** To the end, and stay there. */
export function toEnd() {
  stick = true;
  follow();
  composer.away(false);
}
