// How the model is asked: instructions and sampling, each with a sentence on what it does.
import { html, nothing } from '/lib/lit-html/lit-html.js';
import { live } from '/lib/lit-html/directives/live.js';
import { t } from '../strings.js';
import { icon } from '../icons.js';
import { failed } from '../dialogs.js';
import { store } from './store.js';

const sliders = [
  { name: 'temperature', min: 0, max: 2, step: 0.05, usual: 0.8 },
  { name: 'top_p', min: 0.05, max: 1, step: 0.01, usual: 0.95 },
  { name: 'top_k', min: 0, max: 200, step: 1, usual: 40 },
  { name: 'min_p', min: 0, max: 1, step: 0.01, usual: 0.05 },
  { name: 'repeat_penalty', min: 1, max: 2, step: 0.01, usual: 1 },
  { name: 'presence_penalty', min: -2, max: 2, step: 0.1, usual: 0 },
  { name: 'frequency_penalty', min: -2, max: 2, step: 0.1, usual: 0 },
];

export function settingsPanel(close) {
  const s = store.open.settings;
  return html`<aside class="panel" aria-label=${t('settings')}>
    <header><h2>${t('settings')}</h2><button class="quiet" aria-label=${t('close')} @click=${close}>${icon('close')}</button></header>
    <div class="body">
      <div class="field"><label for="set-system">${t('set.system')}</label>
        <textarea id="set-system" rows="5" dir="auto" .value=${live(s.system ?? '')} @input=${e => store.settings({ system: e.target.value })}></textarea><small>${t('set.system.hint')}</small></div>
      ${sliders.slice(0, 2).map(slider)}
      <div class="field"><label for="set-max">${t('set.max_tokens')}</label>
        <input id="set-max" type="number" min="1" step="1" placeholder=${t('set.model')} .value=${live(s.max_tokens ?? '')} @change=${e => store.settings({ max_tokens: whole(e.target.value) })}><small>${t('set.max_tokens.hint')}</small></div>
      <div class="field"><label for="set-effort">${t('set.reasoning')}</label>
        <select id="set-effort" @change=${e => store.settings({ reasoning: e.target.value })}>${['', 'none', 'low', 'medium', 'high'].map(v => html`<option value=${v} ?selected=${(s.reasoning ?? '') === v}>${t('set.reasoning.' + (v || 'model'))}</option>`)}</select><small>${t('set.reasoning.hint')}</small></div>
      <div class="field"><label for="set-full">${t('set.truncate')}</label>
        <select id="set-full" @change=${e => store.settings({ truncate: e.target.value === 'drop' ? true : null })}><option value="refuse" ?selected=${!s.truncate}>${t('set.truncate.refuse')}</option><option value="drop" ?selected=${Boolean(s.truncate)}>${t('set.truncate.drop')}</option></select><small>${t('set.truncate.hint')}</small></div>
      <details><summary>${t('set.more')}</summary><div class="body-more">
        ${sliders.slice(2).map(slider)}
        <div class="field"><label for="set-seed">${t('set.seed')}</label>
          <input id="set-seed" type="number" step="1" placeholder=${t('set.seed.random')} .value=${live(s.seed ?? '')} @change=${e => store.settings({ seed: whole(e.target.value) })}><small>${t('set.seed.hint')}</small></div>
        <div class="field"><label for="set-stop">${t('set.stop')}</label>
          <textarea id="set-stop" rows="2" .value=${live((s.stop ?? []).join('\n'))} @change=${e => store.settings({ stop: lines(e.target.value) })}></textarea><small>${t('set.stop.hint')}</small></div>
        <div class="field"><label for="set-tools">${t('set.tools')}</label>
          <textarea id="set-tools" rows="4" spellcheck="false" .value=${live(s.tools ? JSON.stringify(s.tools, null, 2) : '')} @change=${tools}></textarea><small>${t('set.tools.hint')}</small></div>
      </div></details>
      <button class="button" @click=${reset}>${t('set.reset')}</button>
    </div></aside>`;
}

function slider({ name, min, max, step, usual }) {
  const value = store.open.settings[name];
  const id = 'set-' + name;
  const change = e => store.settings({ [name]: e.target.value === '' ? null : Number(e.target.value) });
  return html`<div class="slider">
    <div class="row"><label class="label" for=${id}>${t('set.' + name)}</label>
      <input type="number" aria-label=${t('set.value', t('set.' + name))} min=${min} max=${max} step="any" placeholder=${t('set.model')} .value=${live(value ?? '')} @change=${change}></div>
    <input id=${id} type="range" min=${min} max=${max} step=${step} .value=${live(String(value ?? usual))} @input=${change} aria-describedby="${id}-hint" aria-valuetext=${value === undefined ? t('set.model') : nothing}>
    <small class="hint" id="${id}-hint">${t(`set.${name}.hint`)}</small></div>`;
}

const whole = text => text === '' ? null : Math.trunc(Number(text));
const lines = text => text.split('\n').filter(Boolean).length > 0 ? text.split('\n').filter(Boolean) : null;

function tools(e) {
  const text = e.target.value.trim();
  if (!text) {
    store.settings({ tools: null });
    return;
  }
  try {
    const parsed = JSON.parse(text);
    if (!Array.isArray(parsed) || parsed.some(x => typeof x.name !== 'string')) throw new Error(t('set.tools.wrong'));
    store.settings({ tools: parsed });
  } catch (error) {
    failed(error);
  }
}

function reset() {
  store.settings(Object.fromEntries(Object.keys(store.open.settings).map(k => [k, null])));
}
