// The chat page: the models at the top, the conversation, the composer, and a panel for settings or branches.
import { html, render, nothing } from '/lib/lit-html/lit-html.js';
import { t } from '../strings.js';
import { icon } from '../icons.js';
import { drawer } from '../drawer.js';
import { menu, failed } from '../dialogs.js';
import { store } from './store.js';
import { Thread } from './thread.js';
import { Composer } from './composer.js';
import { idle } from '../load.js';
import { highlighter } from '../text/code.js';
import { settingsPanel } from './settings.js';
import { branchesPanel } from './branches.js';

let root = null;
let composer = null;
let thread = null;
let panel = null;

export function open(element, [id]) {
  root = element;
  composer = new Composer(() => thread.toEnd());
  thread = new Thread(away => composer.away(away));
  composer.restore();
  const off = new AbortController();
  const on = (what, run) => store.addEventListener(what, run, { signal: off.signal });
  on('change', draw);
  on('busy', draw);
  on('opened', () => { thread.open(); draw(); composer.restore(); composer.count(); composer.focus(); });
  on('message', e => {
    thread.heard(e.detail);
    if (e.detail.end) composer.count();
  });
  draw();
  if (id) go([id]);
  else if (store.open.id) history.replaceState(null, '', '#/chat/' + store.open.id);
  composer.focus();
  setTimeout(() => idle().then(highlighter), 1500);
  return () => { off.abort(); thread.close(); root = null; };
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
        ${thread.element}
        ${composer.element}
      </div>
      ${panel === 'settings' ? settingsPanel(close) : panel === 'branches' ? branchesPanel(close) : nothing}
    </div>`, root);
  composer.draw();
  thread.draw(welcome);
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
  return html`<div class="welcome">
    <img src="/mark.svg" alt="" width="58" height="75">
    <h1>${t(store.open.private ? 'welcome.private' : 'welcome')}</h1>
    <p class="muted">${store.open.private ? t('private.hint') : store.models.length === 0 ? t('chat.noModel') : t('welcome.lead')}</p>
    <div class="ideas">${ideas.map(i => html`<button type="button" @click=${() => composer.put(t(`idea.${i}.text`))}><b>${t(`idea.${i}`)}</b><span class="small muted">${t(`idea.${i}.text`)}</span></button>`)}</div>
  </div>`;
}
