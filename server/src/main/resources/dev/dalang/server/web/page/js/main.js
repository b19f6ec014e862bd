// The frame around the pages: navigation, the list of conversations, keys, sign-in. A page is a module that is fetched when
// it is first opened and exports open(element, rest), which may give back a function that closes it.
import { html, render, nothing } from '/lib/lit-html/lit-html.js';
import { t } from './strings.js';
import { icon } from './icons.js';
import { get } from './api.js';
import { dialog, failed } from './dialogs.js';
import { drawer } from './drawer.js';
import { signIn, keyForm } from './signin.js';
import { sidebar } from './chat/sidebar.js';
import { store } from './chat/store.js';
import * as chat from './chat/view.js';

const pages = {
  chat: { icon: 'chat', load: async () => chat },
  models: { icon: 'models', scope: 'read', load: () => import('./models.js') },
  inside: { icon: 'inside', load: () => import('./inside/view.js') },
  machine: { icon: 'machine', scope: 'read', load: () => import('./machine/view.js') },
};

/** Those that this caller may look at. */
const open = () => Object.fromEntries(Object.entries(pages).filter(([, p]) => !p.scope || store.session?.scopes.includes(p.scope)));

const app = document.getElementById('app');
let current = null;
let closePage = null;
let page = null;

function frame() {
  render(html`
    <div class="shell">
      <button class="veil" aria-label=${t('menu.close')} @click=${drawer(false)}></button>
      <aside class="side" aria-label=${t('menu')}>
        <div class="brand"><img src="/mark.svg" alt="" width="22" height="28">${t('name')}<span class="grow"></span>
          <button class="quiet only-narrow" aria-label=${t('menu.close')} @click=${drawer(false)}>${icon('close')}</button></div>
        <nav class="nav" aria-label=${t('nav')}>${Object.entries(open()).map(([name, p]) => html`
          <a href="#/${name}" aria-current=${name === current ? 'page' : nothing} @click=${drawer(false)}>${icon(p.icon)}${t('page.' + name)}</a>`)}</nav>
        <div class="history" id="history"></div>
        <div class="foot">
          <span class="grow who" title=${t('signedIn', store.session?.caller ?? '')}>${store.session?.caller ?? ''}</span>
          <button class="quiet" aria-label=${t('theme')} title=${t('theme')} @click=${theme}>${icon('sun')}</button>
          <button class="quiet" aria-label=${t('help')} title=${t('help')} @click=${help}>${icon('help')}</button>
        </div>
      </aside>
      <main class="page" id="main" tabindex="-1"></main>
    </div>`, app);
  sidebar(document.getElementById('history'));
}

async function route() {
  const [name, ...rest] = location.hash.replace(/^#\/?/, '').split('/');
  const next = open()[name] ? name : 'chat';
  if (next !== current || !page?.go) {
    closePage?.();
    current = next;
    frame();
    const main = document.getElementById('main');
    const element = document.createElement('div');
    element.className = 'page';
    element.style.flex = '1';
    main.replaceChildren(element);
    document.title = t('title', t('page.' + next));
    try {
      page = await pages[next].load();
      if (current !== next) return;
      closePage = page.open(element, rest.map(decodeURIComponent)) ?? null;
    } catch (broken) {
      failed(broken);
    }
  } else page.go(rest.map(decodeURIComponent));
}

function theme() {
  const themes = ['system', 'light', 'dark'];
  const now = document.documentElement.dataset.theme ?? 'system';
  const next = themes[(themes.indexOf(now) + 1) % themes.length];
  if (next === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
  try {
    localStorage.setItem('dalang.theme', next);
  } catch (storageIsOff) { /* it holds until the page is closed */ }
  document.getElementById('announce').textContent = t('theme.' + next);
  dispatchEvent(new CustomEvent('dalang-theme'));
}

const keys = [['Enter', 'send'], ['Shift Enter', 'line'], ['Esc', 'stop'], ['/', 'write'], ['Ctrl K', 'search'], ['Ctrl Shift O', 'new'], ['Alt 1 … 4', 'pages'], ['Alt ↑ ↓', 'edit'], ['?', 'help']];

function help() {
  return dialog(close => html`<div class="sheet"><h2>${t('help')}</h2>
    <table class="plain"><tbody>${keys.map(([k, what]) => html`<tr><td>${k.split(' ').map(x => html`<kbd>${x}</kbd> `)}</td><td>${t('key.' + what)}</td></tr>`)}</tbody></table>
    <p class="hint">${t('help.about', store.session?.version ?? '')}</p>
    <div class="actions"><button class="button" @click=${() => { close(); openTour(); }}>${t('tour.again')}</button><button class="button primary" @click=${() => close()}>${t('close')}</button></div></div>`, t('help'));
}

async function openTour() {
  (await import('./tour.js')).tour();
}

function onKey(e) {
  const typing = e.target.matches?.('input, textarea, select, [contenteditable]');
  if (document.querySelector('dialog[open]')) return;
  if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === 'k') {
    e.preventDefault();
    document.body.classList.add('drawer');
    document.getElementById('search')?.focus();
  } else if ((e.ctrlKey || e.metaKey) && e.shiftKey && e.key.toLowerCase() === 'o') {
    e.preventDefault();
    location.hash = '#/chat';
    store.fresh();
  } else if (e.altKey && /^[1-4]$/.test(e.key)) {
    e.preventDefault();
    location.hash = '#/' + (Object.keys(open())[e.key - 1] ?? 'chat');
  } else if (e.key === 'Escape') {
    document.body.classList.remove('drawer');
    if (current === 'chat') chat.escape();
  } else if (!typing && e.key === '/') {
    e.preventDefault();
    document.getElementById('draft')?.focus();
  } else if (!typing && e.key === '?') help();
}

function signedOut() {
  render(html`<main class="boot" id="main" tabindex="-1"><img src="/mark.svg" alt="" width="56" height="72"><h1 class="title">${t('signIn')}</h1>
    <p class="lead">${t('signIn.how')}</p>${keyForm(() => location.reload())}</main>`, app);
}

async function start() {
  app.replaceChildren();
  // Both at once: the second is of use only if the first goes well.
  const served = get('models/served').catch(error => error);
  try {
    store.session = await get('session');
  } catch (error) {
    if (error.status === 401) {
      signedOut();
      return;
    }
    render(html`<main class="boot" id="main" tabindex="-1"><img src="/mark.svg" alt="" width="56" height="72"><h1 class="title">${t('name')}</h1><p role="alert">${error.message}</p><button class="button" @click=${() => location.reload()}>${t('again')}</button></main>`, app);
    return;
  }
  addEventListener('dalang-signed-out', signIn);
  await store.loadModels(served);
  addEventListener('hashchange', drawer(false));
  addEventListener('hashchange', route);
  addEventListener('keydown', onKey);
  await route();
  store.loadConversations().catch(failed);
  let seen = true;
  try {
    seen = localStorage.getItem('dalang.tour') === 'seen';
  } catch (storageIsOff) { /* then no tour is forced on anybody */ }
  if (!seen && !location.hash.includes('notour')) openTour();
}

start();
