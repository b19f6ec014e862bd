// Inside the model: what it is made of, and what it makes of a text. For those who teach, and for the curious.
import { html, render, nothing } from '/lib/lit-html/lit-html.js';
import { t } from '../strings.js';
import { icon } from '../icons.js';
import { get } from '../api.js';
import { failed } from '../dialogs.js';
import { drawer } from '../drawer.js';
import { store } from '../chat/store.js';
import { anatomy } from './anatomy.js';
import { PromptView } from './prompt.js';

let root = null;
let tab = 'prompt';
let model = null;
let tree = null;
let prompt = null;

export function open(element) {
  root = element;
  const asked = JSON.parse(sessionStorage.getItem('dalang.inside') ?? 'null');
  sessionStorage.removeItem('dalang.inside');
  const local = store.models.filter(m => m.kind !== 'hosted');
  const known = name => local.some(m => m.name === name);
  model = [asked?.model, model, store.asked[0], local.find(m => m.loaded)?.name, local[0]?.name].find(known) ?? null;
  prompt = new PromptView(draw, () => model);
  draw();
  choose(model, asked?.text);
  return () => { root = null; };
}

export function go() {}

async function choose(name, text) {
  model = name;
  tree = null;
  draw();
  if (!name) return;
  prompt.start(text);
  try {
    const found = await get('inside/anatomy/' + name);
    if (model === name) tree = found;
  } catch (error) {
    failed(error);
  }
  draw();
}

function draw() {
  if (!root) return;
  const local = store.models.filter(m => m.kind !== 'hosted');
  const tabs = ['prompt', 'anatomy'];
  const select = name => { tab = name; draw(); };
  const key = e => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
    if (!step) return;
    select(tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length]);
    document.getElementById('tab-' + tab).focus();
  };
  render(html`<header class="top"><button class="quiet only-narrow" aria-label=${t('menu')} @click=${drawer(true)}>${icon('menu')}</button>
    <span class="pick"><label class="unseen" for="inside-model">${t('chat.model')}</label><select id="inside-model" @change=${e => choose(e.target.value)}>${local.map(m => html`<option value=${m.name} ?selected=${m.name === model}>${m.name}</option>`)}</select></span></header>
    <div class="content"><div class="inner">
      <div><h1 class="title">${t('page.inside')}</h1><p class="lead">${t('inside.lead')}</p></div>
      ${model === null ? html`<p class="notice">${t('inside.none')}</p>` : html`
      <div class="tabs" role="tablist" aria-label=${t('page.inside')}>${tabs.map(x => html`<button role="tab" id="tab-${x}" aria-selected=${tab === x} aria-controls="inside-panel" tabindex=${tab === x ? 0 : -1} @click=${() => select(x)} @keydown=${key}>${t('inside.' + x)}</button>`)}</div>
      <div id="inside-panel" role="tabpanel" aria-labelledby="tab-${tab}">${tab === 'prompt' ? prompt.template(tree) : tree ? anatomy(tree, draw) : html`<p class="muted">${t('loading')}</p>`}</div>`}
    </div></div>`, root);
  if (tab === 'prompt') prompt.after();
}
