// The catalogue and what is on this disk: find a model, see whether it fits and what its licence means, fetch it.
import { html, render, nothing } from '/lib/lit-html/lit-html.js';
import { repeat } from '/lib/lit-html/directives/repeat.js';
import { t } from './strings.js';
import { icon } from './icons.js';
import { get, post } from './api.js';
import { bytes, compact, duration } from './format.js';
import { dialog, confirm, failed, toast } from './dialogs.js';
import { drawer } from './drawer.js';
import { store } from './chat/store.js';

const WATCH_MS = 700;
let root = null;
let catalogue = null;
let installed = null;
let served = [];
let pulls = [];
let filter = { words: '', fits: true, task: '', access: '' };
let working = new Set();
let timer = 0;

export function open(element) {
  root = element;
  draw();
  refresh();
  watch();
  return () => { root = null; clearTimeout(timer); };
}

export function go() {}

async function refresh() {
  try {
    [catalogue, installed, served] = await Promise.all([get('models/catalogue'), get('models/installed'), get('models/served').then(a => a.models)]);
  } catch (error) {
    failed(error);
  }
  draw();
  store.loadModels();
}

/** Downloads are looked at while there are any. */
async function watch() {
  clearTimeout(timer);
  if (!root) return;
  try {
    const before = pulls;
    pulls = (await get('models/pulls')).pulls;
    const ended = pulls.filter(p => p.state === 'done' && before.find(b => b.name === p.name)?.state === 'running');
    if (ended.length > 0) {
      for (const p of ended) toast(t('pull.done', p.name));
      await refresh();
    }
  } catch (error) {
    if (error.status === 0) pulls = [];
  }
  draw();
  if (pulls.some(p => p.state === 'running')) timer = setTimeout(watch, WATCH_MS);
}

const may = () => store.session?.scopes.includes('admin');

function draw() {
  if (!root) return;
  render(html`<header class="top narrow"><button class="quiet" aria-label=${t('menu')} @click=${drawer(true)}>${icon('menu')}</button></header>
    <div class="content"><div class="inner">
      <div><h1 class="title">${t('page.models')}</h1><p class="lead">${t('models.lead')}</p></div>
      ${here()}
      <section class="section" aria-label=${t('catalogue')}><h2>${t('catalogue')}</h2>
        ${filters()}
        ${catalogue ? list() : html`<p class="muted">${t('loading')}</p>`}
      </section>
      ${may() ? elsewhere() : nothing}</div></div>`, root);
}

function here() {
  if (!installed) return nothing;
  const total = installed.models.reduce((sum, m) => sum + m.bytes, 0);
  return html`<section class="section" aria-label=${t('installed')}><h2>${t('installed')}</h2>
    <p class="small muted number">${t('disk', bytes(total), bytes(installed.disk_free))}${installed.partial > 0 ? t('disk.partial', bytes(installed.partial)) : ''}</p>
    <div class="card scroll-x" tabindex="0" role="group" aria-label=${t('installed')}><table class="plain"><thead><tr><th scope="col">${t('model')}</th><th scope="col">${t('memory')}</th><th scope="col" class="number">${t('size')}</th><th scope="col"><span class="unseen">${t('actions')}</span></th></tr></thead>
    <tbody>${repeat(installed.models, m => m.name, m => {
      const s = served.find(x => x.name === m.name);
      return html`<tr><td><b>${m.name}</b><br><span class="tiny muted">${m.holder}${s?.quantisation ? ' · ' + s.quantisation : ''}${s?.context ? ' · ' + t('context', compact(s.context)) : ''}</span></td>
        <td>${s?.loaded ? html`<span class="chip good">${t('loaded')}</span>` : html`<span class="chip">${t('unloaded')}</span>`}</td>
        <td class="number">${bytes(m.bytes)}</td>
        <td><div class="row">${s ? html`<button class="button slim" @click=${() => chatWith(m.name)}>${t('chat.with')}</button>` : nothing}
          ${s && may() ? html`<button class="button slim" ?disabled=${working.has(m.name)} @click=${() => act(s.loaded ? 'unload' : 'load', m.name)}>${t(working.has(m.name) ? 'loading' : s.loaded ? 'unload' : 'load')}</button>` : nothing}
          ${m.removable && may() ? html`<button class="quiet" aria-label=${t('remove', m.name)} title=${t('remove', m.name)} @click=${() => drop(m)}>${icon('trash')}</button>` : nothing}</div></td></tr>`;
    })}</tbody></table></div></section>`;
}

/** Whatever the command `dalang pull` takes. */
function elsewhere() {
  const others = pulls.filter(p => !catalogue?.models.some(m => m.name === p.name));
  const go = e => {
    e.preventDefault();
    const name = new FormData(e.target).get('place').trim();
    e.target.reset();
    fetchModel({ name });
  };
  return html`<section class="section" aria-label=${t('elsewhere')}><h2>${t('elsewhere')}</h2>
    <form class="filters" @submit=${go}><div class="field wide"><label for="place">${t('elsewhere.place')}</label><input id="place" name="place" required autocomplete="off" spellcheck="false" placeholder="hf.co/OWNER/REPO:Q4_K_M"></div>
      <button class="button">${t('pull')}</button></form>
    <p class="hint">${t('elsewhere.hint')}</p>
    ${others.map(p => html`<div class="card section"><b class="wrap">${p.name}</b>${progress(p)}
      ${p.state === 'running' ? nothing : html`<div class="row">${p.consent ? html`<button class="button slim primary" @click=${() => fetchModel(p)}>${t('licence.read')}</button>`
    : p.state === 'done' ? nothing : html`<button class="button slim primary" @click=${() => fetchModel({ name: p.name })}>${t('pull.resume')}</button>`}</div>`}</div>`)}</section>`;
}

function chatWith(name) {
  store.ask([name]);
  store.fresh();
  location.hash = '#/chat';
}

async function act(what, name) {
  working.add(name);
  draw();
  try {
    await post('models/' + what, { name });
  } catch (error) {
    failed(error);
  }
  working.delete(name);
  refresh();
}

async function drop(m) {
  if (await confirm(t('remove.sure', m.name, bytes(m.bytes)), t('remove.yes'), true)) act('remove', m.name);
}

function filters() {
  const set = values => { filter = { ...filter, ...values }; draw(); };
  return html`<div class="filters">
    <div class="field wide"><label for="words">${t('filter.words')}</label><input type="search" id="words" .value=${filter.words} @input=${e => set({ words: e.target.value })} autocomplete="off"></div>
    <div class="field"><label for="task">${t('filter.task')}</label><select id="task" @change=${e => set({ task: e.target.value })}>${['', 'tools', 'reasoning', 'code', 'vision', 'audio'].map(x => html`<option value=${x} ?selected=${filter.task === x}>${t('task.' + (x || 'all'))}</option>`)}</select></div>
    <div class="field"><label for="access">${t('filter.access')}</label><select id="access" @change=${e => set({ access: e.target.value })}>${['', 'open', 'hosted'].map(x => html`<option value=${x} ?selected=${filter.access === x}>${t('access.' + (x || 'all'))}</option>`)}</select></div>
    <label class="switch"><input type="checkbox" .checked=${filter.fits} @change=${e => set({ fits: e.target.checked })}>${t('filter.fits')}</label></div>`;
}

function matches(m) {
  const text = [m.name, m.title, m.publisher, m.family, ...(m.capabilities ?? []), ...(m.languages ?? [])].join(' ').toLowerCase();
  return filter.words.toLowerCase().split(/\s+/).every(w => text.includes(w))
    && (!filter.task || m.capabilities?.includes(filter.task))
    && (!filter.access || m.access === filter.access)
    && (!filter.fits || m.access === 'hosted' ? filter.access === 'hosted' || !filter.fits : m.fits && m.runs);
}

function list() {
  const found = catalogue.models.filter(matches).sort((a, b) => (b.name === catalogue.recommended) - (a.name === catalogue.recommended) || (b.released ?? '').localeCompare(a.released ?? ''));
  return html`<p class="small muted" role="status">${t('catalogue.count', found.length, catalogue.models.length, catalogue.date)}</p>
    <div class="grid">${repeat(found, m => m.name, card)}</div>`;
}

function card(m) {
  const pull = pulls.find(p => p.name === m.name);
  const recommended = m.name === catalogue.recommended;
  return html`<article class="card model ${recommended ? 'recommended' : ''}" aria-label=${m.title}>
    <div class="row"><h3 class="grow">${m.title}</h3>${recommended ? html`<span class="chip accent">${t('recommended')}</span>` : nothing}</div>
    <p class="small muted">${m.name} · ${m.publisher}${m.parameters ? ' · ' + t('parameters', compact(m.parameters)) : ''}</p>
    <div class="row">${fitChip(m)}${licenceChip(m)}${m.capabilities?.map(c => html`<span class="chip">${c}</span>`)}</div>
    ${m.access === 'hosted' ? html`<p class="small">${t('hosted.why', m.publisher)} ${m.nearest?.length > 0 ? t('hosted.nearest', m.nearest.join(', ')) : ''}</p>` : nothing}
    ${pull ? progress(pull) : nothing}
    <div class="actions">
      ${m.installed ? html`<span class="chip good">${icon('check')}${t('here')}</span>` : m.access === 'open' && may() && pull?.state !== 'running' ? html`<button class="button slim primary" ?disabled=${!m.runs} @click=${() => fetchModel(m)}>${t(pull?.state === 'paused' ? 'pull.resume' : 'pull')}${m.fits_bytes ? html` <span class="number">${bytes(m.fits_bytes)}</span>` : nothing}</button>` : nothing}
      <button class="button slim" @click=${() => details(m)}>${t('details')}</button></div></article>`;
}

function fitChip(m) {
  if (m.access === 'hosted') return html`<span class="chip warn">${t('hosted')}</span>`;
  if (!m.runs) return html`<span class="chip">${t('runs.not')}</span>`;
  if (m.fits) return html`<span class="chip good">${t('fits', m.fits)}</span>`;
  return html`<span class="chip bad">${m.need_bytes ? t('fits.not', bytes(m.need_bytes)) : t('fits.unknown')}</span>`;
}

function licenceChip(m) {
  if (m.access === 'hosted') return nothing;
  const kind = { yes: 'good', no: 'bad', conditions: 'warn' }[m.commercial] ?? '';
  return html`<span class="chip ${kind}" title=${m.licence_name ?? ''}>${t('commercial.' + (m.commercial ?? 'unknown'))}</span>`;
}

function progress(p) {
  const share = p.total > 0 ? p.done / p.total : 0;
  const rest = p.speed > 0 ? duration((p.total - p.done) / p.speed * 1000) : '';
  return html`<div class="pulling" role="group" aria-label=${t('pull.of', p.name)}>
    ${p.total > 0 ? html`<div class="bar" role="progressbar" aria-valuemin="0" aria-valuemax="100" aria-valuenow=${Math.round(share * 100)} aria-label=${t('pull.of', p.name)}><i .style=${`width:${share * 100}%`}></i></div>` : nothing}
    <div class="row"><span class="small grow number ${p.state === 'failed' ? 'verdict-no' : 'muted'}">${p.state === 'failed' || p.total === 0 ? p.status : t('pull.progress', bytes(p.done), bytes(p.total), p.speed > 0 ? bytes(p.speed) + '/s' : '', rest)}</span>
      ${p.state === 'running' ? html`<button class="button slim" @click=${async () => { await post('models/pause', { name: p.name }).catch(failed); setTimeout(watch, 200); }}>${icon('pause')}${t('pull.pause')}</button>`
    : html`<span class="chip">${t('pull.' + p.state)}</span><button class="quiet" aria-label=${t('close')} @click=${async () => { await post('models/forget', { name: p.name }).catch(failed); watch(); }}>${icon('close')}</button>`}</div></div>`;
}

/** Starts a download; where the licence wants to be accepted, it is shown first. */
export async function fetchModel(m, quantisation = null) {
  try {
    const accepted = [];
    if (m.consent) {
      const licence = typeof m.consent === 'object' ? m.consent : (await get('models/catalogue/' + m.name)).licence;
      if (!await accepts(licence)) return;
      accepted.push(licence.id);
    }
    pulls = (await post('models/pull', { name: m.name, ...(quantisation ? { quantisation } : {}), accepted })).pulls;
    draw();
    watch();
  } catch (error) {
    failed(error);
  }
}

async function accepts(licence) {
  return await dialog(close => html`<form @submit=${e => { e.preventDefault(); close(true); }}><h2>${licence.name}</h2>
    ${inWords(licence)}
    <label class="switch"><input type="checkbox" required autofocus>${t('licence.accept')}</label>
    <div class="actions"><button type="button" class="button" @click=${() => close(false)}>${t('cancel')}</button><button class="button primary">${t('licence.go')}</button></div></form>`, licence.name) === true;
}

function inWords(l) {
  const rows = ['summary', 'commercial', 'user_limit', 'attribution', 'derivatives', 'acceptable_use'];
  return html`<dl class="plainly">${rows.filter(r => l[r]).map(r => html`<dt>${t('licence.' + r)}</dt><dd>${r === 'commercial' ? t('commercial.' + l[r]) : l[r]}</dd>`)}</dl>
    ${l.url ? html`<p class="small"><a href=${/^https:/.test(l.url) ? l.url : nothing} target="_blank" rel="noopener noreferrer">${t('licence.text')}</a></p>` : nothing}`;
}

async function details(m) {
  let d = null;
  let error = null;
  const opened = dialog((close, again) => {
    if (!d && !error) {
      get('models/catalogue/' + m.name).then(x => { d = x; }, e => { error = e; }).finally(again);
      return html`<div class="sheet"><h2>${m.title}</h2><p class="muted">${t('loading')}</p></div>`;
    }
    return html`<div class="sheet"><div class="row"><h2 class="grow">${m.title}</h2><button class="quiet" aria-label=${t('close')} @click=${() => close()}>${icon('close')}</button></div>
      ${m.note ? html`<p>${m.note}</p>` : nothing}
      ${error ? html`<div class="notice bad">${error.message}</div>` : html`
        ${m.access === 'hosted' ? html`<p>${t('hosted.why', m.publisher)} ${t('hosted.reach', m.reach ?? m.name)}</p>` : nothing}
        ${d.licence ? html`<section class="section"><h3>${t('licence')}: ${d.licence.name}</h3>${inWords(d.licence)}</section>` : nothing}
        ${d.fit ? fit(d.fit, m, close) : nothing}`}</div>`;
  }, m.title);
  await opened;
}

function fit(f, m, close) {
  return html`<section class="section"><h3>${t('fit')}</h3><p class="hint">${t('fit.hint')}</p>
    <div class="scroll-x" tabindex="0" role="group" aria-label=${t('fit')}><table class="plain"><thead><tr><th scope="col">${t('fit.quant')}</th><th scope="col" class="number">${t('fit.context')}</th><th scope="col" class="number">${t('fit.memory')}</th><th scope="col" class="number">${t('fit.speed')}</th><th scope="col">${t('fit.verdict')}</th><th scope="col"><span class="unseen">${t('actions')}</span></th></tr></thead>
    <tbody>${f.rows.filter(r => r.requests === 1).map(r => html`<tr><td>${r.quantisation}</td><td class="number">${compact(r.context)}</td><td class="number">${bytes(r.total_bytes)}</td><td class="number">${r.decode_tokens_per_second ? r.decode_tokens_per_second.toFixed(1) : '–'}</td><td class="verdict-${r.verdict}">${t('verdict.' + r.verdict)}</td>
      <td>${r.verdict !== 'no' && may() && !m.installed ? html`<button class="button slim" @click=${() => { close(); fetchModel(m, r.quantisation); }}>${t('pull')}</button>` : nothing}</td></tr>`)}</tbody></table></div>
    ${f.remedy ? html`<p class="notice">${f.remedy}</p>` : nothing}</section>`;
}
