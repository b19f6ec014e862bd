// This machine: what is in memory, how busy it is and was, what doctor finds, who may use it, what left it.
import { html, render, nothing } from '/lib/lit-html/lit-html.js';
import { t } from '../strings.js';
import { icon } from '../icons.js';
import { get, post } from '../api.js';
import { bytes, count, duration, when } from '../format.js';
import { failed, confirm } from '../dialogs.js';
import { drawer } from '../drawer.js';
import { store } from '../chat/store.js';
import { plot } from './plot.js';
import { keysCard } from './keys.js';

const EVERY_MS = 3000;
let root = null;
let timer = 0;
let now = null;
let doctor = null;
let egress = null;
let plots = [];
let lost = null;

export function open(element) {
  root = element;
  draw();
  look();
  get('machine/doctor').then(d => { doctor = d; draw(); }, failed);
  if (may()) get('machine/egress').then(e => { egress = e.lines; draw(); }, failed);
  return () => { root = null; clearTimeout(timer); plots.forEach(p => p.close()); plots = []; };
}

export function go() {}

const may = () => store.session?.scopes.includes('admin');

async function look() {
  clearTimeout(timer);
  if (!root) return;
  try {
    now = await get('machine/now');
    lost = null;
    draw();
    await drawPlots();
  } catch (error) {
    // Looked at every few seconds: said once, in its place.
    lost = error.message;
    draw();
  }
  if (root) timer = setTimeout(look, EVERY_MS);
}

async function drawPlots() {
  const h = now.history;
  const wanted = [
    ['speed', [[t('plot.answer'), h.answer], [t('plot.prompt'), h.prompt]], v => v.toFixed(v < 10 ? 1 : 0)],
    ['queue', [[t('plot.running'), h.running], [t('plot.waiting'), h.waiting]], v => v.toFixed(0), true],
    ['memory', [[t('plot.memory'), h.bytes]], bytes],
  ];
  if (!root) return;
  for (const [i, [id, series, format, whole]] of wanted.entries()) {
    const e = root.querySelector(`#plot-${id}`);
    if (!e) return;
    plots[i] ??= await plot(e, series.map(s => s[0]), format, whole);
    plots[i].show([h.time, ...series.map(s => s[1])]);
  }
}

function draw() {
  if (!root) return;
  render(html`<header class="top narrow"><button class="quiet" aria-label=${t('menu')} @click=${drawer(true)}>${icon('menu')}</button></header>
    <div class="content"><div class="inner">
      <div><h1 class="title">${t('page.machine')}</h1><p class="lead">${t('machine.lead')}</p></div>
      ${lost ? html`<div class="notice bad" role="status">${icon('warning')}<span>${lost}</span></div>` : nothing}
      ${now ? html`${figures()}${loaded()}` : html`<p class="muted">${t('loading')}</p>`}
      <section class="section"><h2>${t('machine.busy')}</h2><div class="plots">${['speed', 'queue', 'memory'].map(id => html`<div class="card plot"><h3>${t('plot.' + id + '.title')}</h3><div class="canvas" id="plot-${id}" role="img" aria-label=${t('plot.' + id + '.title')}></div></div>`)}</div></section>
      ${doctor ? findings() : nothing}
      ${who()}
      ${may() ? html`${keysCard()}${connections()}` : nothing}
    </div></div>`, root);
}

function who() {
  const s = store.session;
  const out = () => fetch('/dalang/sign-out', { method: 'POST', credentials: 'same-origin' }).then(() => location.reload(), failed);
  return html`<section class="section"><h2>${t('who')}</h2><div class="card row"><span class="grow">${t('signedIn', s.caller)} ${s.scopes.map(x => html`<span class="chip" title=${t('keys.scope.' + x)}>${x}</span> `)}</span>
    <button class="button slim" @click=${out}>${t('signOut')}</button></div></section>`;
}

function figures() {
  const f = [
    ['running', count(now.running)], ['waiting', count(now.waiting)], ['models', bytes(now.model_bytes)], ['cache', bytes(now.cache_bytes)],
    ['heap', bytes(now.heap_bytes)], ['answered', count(now.answer_tokens)], ['read', count(now.prompt_tokens)], ['up', duration(now.uptime_ms)],
  ];
  return html`<div class="figures-row">${f.map(([name, value]) => html`<div class="figure"><span class="small muted">${t('now.' + name)}</span><b>${value}</b></div>`)}</div>`;
}

function loaded() {
  return html`<section class="section"><h2>${t('machine.loaded')}</h2>
    ${now.loaded.length === 0 ? html`<p class="muted">${t('machine.none')}</p>` : html`<div class="card scroll-x" tabindex="0" role="group" aria-label=${t('machine.loaded')}><table class="plain"><thead><tr><th scope="col">${t('model')}</th><th scope="col">${t('state')}</th><th scope="col" class="number">${t('memory')}</th><th scope="col" class="number">${t('requests')}</th><th scope="col">${t('stays')}</th><th scope="col"><span class="unseen">${t('actions')}</span></th></tr></thead>
    <tbody>${now.loaded.map(m => html`<tr><td>${m.name}</td><td>${t('state.' + m.state)}</td><td class="number">${bytes(m.bytes)}</td><td class="number">${m.requests}</td><td>${m.pinned ? t('stays.pinned') : m.expires_ms === null ? t('stays.used') : duration(m.expires_ms)}</td>
      <td>${may() ? html`<button class="button slim" @click=${() => post('models/unload', { name: m.name }).then(look, failed)}>${t('unload')}</button>` : nothing}</td></tr>`)}</tbody></table></div>`}</section>`;
}

function findings() {
  const row = (name, value) => html`<tr><td class="muted">${name.replaceAll('_bytes', '').replaceAll('_', ' ')}</td><td>${shown(name, value)}</td></tr>`;
  return html`<section class="section"><h2>${t('machine.doctor')}</h2><div class="grid">${Object.entries(doctor).map(([section, value]) => html`<div class="card"><h3>${section.replaceAll('_bytes', '').replaceAll('_', ' ')}</h3>
    <table class="plain"><tbody>${value !== null && typeof value === 'object' && !Array.isArray(value) ? Object.entries(value).map(([n, v]) => row(n, v)) : row(section, value)}</tbody></table></div>`)}</div></section>`;
}

function shown(name, value) {
  if (value === null || value === undefined) return t('unknown');
  if (typeof value === 'number' && name.endsWith('bytes')) return bytes(value);
  if (Array.isArray(value)) return value.length === 0 ? t('none') : value.map(v => typeof v === 'object' ? v.name ?? JSON.stringify(v) : v).join(', ');
  if (typeof value === 'boolean') return t(value ? 'yes' : 'no');
  return String(value);
}

function connections() {
  if (!egress) return nothing;
  const ends = new Map(egress.filter(e => e.event === 'close').map(e => [e.id, e]));
  const begins = egress.filter(e => e.event !== 'close').reverse();
  return html`<section class="section"><h2>${t('egress')}</h2><p class="hint">${t('egress.hint')}</p>
    ${begins.length === 0 ? html`<div class="notice good">${icon('check')}<span>${t('egress.none')}</span></div>` : html`<div class="card scroll-x" tabindex="0" role="group" aria-label=${t('egress')}><table class="plain"><thead><tr><th scope="col">${t('egress.at')}</th><th scope="col">${t('egress.why')}</th><th scope="col">${t('egress.to')}</th><th scope="col">${t('egress.result')}</th><th scope="col" class="number">${t('size')}</th></tr></thead>
    <tbody>${begins.map(b => { const e = ends.get(b.id); return html`<tr><td>${when(b.at)}</td><td>${b.purpose}</td><td>${b.address}</td><td>${b.event === 'refused' ? t('egress.refused') : e ? e.problem ?? e.status : '…'}</td><td class="number">${e?.bytes ? bytes(e.bytes) : ''}</td></tr>`; })}</tbody></table></div>`}</section>`;
}
