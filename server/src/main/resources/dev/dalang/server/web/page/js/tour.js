// The first visit: three short cards, and the download that suits this machine.
import { html, nothing } from '/lib/lit-html/lit-html.js';
import { t } from './strings.js';
import { get } from './api.js';
import { bytes } from './format.js';
import { dialog } from './dialogs.js';
import { store } from './chat/store.js';

export async function tour() {
  let at = 0;
  let recommended = null;
  const steps = ['talk', 'private', 'more'];
  await dialog((close, again) => {
    if (recommended === null) {
      recommended = false;
      get('models/catalogue').then(c => { recommended = c.models.find(m => m.name === c.recommended && !m.installed) ?? false; again(); }, () => {});
    }
    const step = steps[at];
    const last = at === steps.length - 1;
    return html`<div class="tour">
      <img src="/mark.svg" alt="" width="44" height="56">
      <h2>${t(`tour.${step}`)}</h2><p>${t(`tour.${step}.text`, store.defaultModel ?? '')}</p>
      ${last && recommended ? html`<div class="card model recommended"><div class="row"><h3 class="grow">${recommended.title}</h3><span class="chip good">${t('fits', recommended.fits)}</span></div>
        <p class="small muted">${t('tour.recommended', bytes(recommended.fits_bytes))}</p>
        ${store.session?.scopes.includes('admin') ? html`<div class="actions"><button class="button primary" @click=${async () => { const m = recommended; close('pull'); location.hash = '#/models'; const models = await import('./models.js'); models.fetchModel(m); }}>${t('tour.fetch')}</button></div>` : nothing}</div>` : nothing}
      <div class="row"><span class="dots" aria-label=${t('tour.step', at + 1, steps.length)} role="img">${steps.map((_, i) => html`<i class=${i === at ? 'on' : ''}></i>`)}</span>
        ${last ? nothing : html`<button class="button" @click=${() => close()}>${t('tour.skip')}</button>`}
        <button class="button primary" autofocus @click=${() => { if (last) close(); else { at++; again(); } }}>${t(last ? 'tour.start' : 'tour.next')}</button></div></div>`;
  }, t('tour'));
  try {
    localStorage.setItem('dalang.tour', 'seen');
  } catch (storageIsOff) { /* it comes again */ }
}
