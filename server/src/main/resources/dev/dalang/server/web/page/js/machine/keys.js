// Keys: who may use this server, for what, and since when no longer.
import { html, render, nothing } from '/lib/lit-html/lit-html.js';
import { t } from '../strings.js';
import { icon } from '../icons.js';
import { get, post } from '../api.js';
import { when } from '../format.js';
import { dialog, confirm, failed } from '../dialogs.js';
import { copyText } from '../text/code.js';

const holder = document.createElement('div');
let keys = null;

/** The section; it looks after itself. */
export function keysCard() {
  if (keys === null) {
    keys = { keys: [] };
    load();
  }
  return holder;
}

async function load() {
  try {
    keys = await get('machine/keys');
  } catch (error) {
    failed(error);
  }
  draw();
}

function draw() {
  render(html`<section class="section"><div class="row"><h2 class="grow title-small">${t('keys')}</h2><button class="button slim" @click=${create}>${icon('plus')}${t('keys.new')}</button></div>
    <p class="hint">${t('keys.hint')}</p>
    <div class="card scroll-x" tabindex="0" role="group" aria-label=${t('keys')}><table class="plain"><thead><tr><th scope="col">${t('keys.name')}</th><th scope="col">${t('keys.scopes')}</th><th scope="col">${t('keys.models')}</th><th scope="col">${t('keys.used')}</th><th scope="col">${t('state')}</th><th scope="col"><span class="unseen">${t('actions')}</span></th></tr></thead>
    <tbody>${keys.keys.map(row)}</tbody></table></div></section>`, holder);
}

function row(k) {
  const over = k.expires && k.expires < Date.now();
  const state = k.revoked ? ['bad', t('keys.revoked', when(k.revoked))] : over ? ['bad', t('keys.expired')] : ['good', k.expires ? t('keys.until', when(k.expires)) : t('keys.good')];
  return html`<tr><td>${k.name}${k.id === keys.own ? html` <span class="chip accent">${t('keys.own')}</span>` : nothing}<br><span class="tiny muted">${k.id}</span></td><td>${k.scopes.map(s => html`<span class="chip">${s}</span> `)}</td><td>${k.models ? k.models.join(', ') : t('keys.all')}</td><td>${k.used ? when(k.used) : t('keys.never')}</td><td><span class="chip ${state[0]}">${state[1]}</span></td>
    <td>${k.revoked || k.id === keys.own ? nothing : html`<button class="button slim danger" aria-label=${t('keys.revoke.of', k.name)} @click=${() => revoke(k)}>${t('keys.revoke')}</button>`}</td></tr>`;
}

async function revoke(k) {
  if (!await confirm(t('keys.sure', k.name), t('keys.revoke'), true)) return;
  await post('machine/keys/revoke', { id: k.id }).catch(failed);
  load();
}

async function create() {
  const asked = await dialog(close => html`<form @submit=${e => { e.preventDefault(); const d = new FormData(e.target); close({ name: d.get('name'), scopes: d.getAll('scope'), models: d.get('models').split(/[,\s]+/).filter(Boolean), ...(d.get('days') ? { days: Number(d.get('days')) } : {}) }); }}>
    <h2>${t('keys.new')}</h2>
    <div class="field"><label for="key-name">${t('keys.name')}</label><input id="key-name" name="name" required maxlength="100" autofocus autocomplete="off"><small>${t('keys.name.hint')}</small></div>
    <fieldset class="field scopes"><legend class="label">${t('keys.scopes')}</legend>${['inference', 'read', 'admin'].map(s => html`<label class="switch"><input type="checkbox" name="scope" value=${s} ?checked=${s === 'inference'}><span><b>${s}</b> ${t('keys.scope.' + s)}</span></label>`)}</fieldset>
    <div class="field"><label for="key-models">${t('keys.models')}</label><input id="key-models" name="models" placeholder=${t('keys.all')} autocomplete="off"><small>${t('keys.models.hint')}</small></div>
    <div class="field"><label for="key-days">${t('keys.days')}</label><input id="key-days" name="days" type="number" min="1" max="3650" placeholder=${t('keys.forever')}></div>
    <div class="actions"><button type="button" class="button" @click=${() => close()}>${t('cancel')}</button><button class="button primary">${t('keys.make')}</button></div></form>`, t('keys.new'));
  if (!asked) return;
  try {
    const made = await post('machine/keys', asked);
    await load();
    await dialog(close => html`<div class="sheet"><h2>${t('keys.made')}</h2><p>${t('keys.once')}</p><p class="secret">${made.secret}</p>
      <div class="actions"><button class="button" @click=${e => copyText(made.secret, e.currentTarget)}>${icon('copy')}${t('copy')}</button><button class="button primary" @click=${() => close()}>${t('close')}</button></div></div>`, t('keys.made'));
  } catch (error) {
    failed(error);
  }
}
