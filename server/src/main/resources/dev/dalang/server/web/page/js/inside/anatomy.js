// The architecture as a picture: embeddings, layers, output; of the chosen layer its parts; of the whole the shares.
import { html, nothing } from '/lib/lit-html/lit-html.js';
import { t } from '../strings.js';
import { bytes, compact, count, percent } from '../format.js';
import { curve } from './curve.js';

const colours = { embedding: '--code-name', output: '--code-name', attention: '--accent', feed_forward: '--good', experts: '--good', recurrence: '--warn', norm: '--muted', other: '--line-strong' };
let chosen = { kind: 'layer', index: 0 };

export function anatomy(m, draw) {
  const choose = what => () => { chosen = what; draw(); };
  const is = (kind, index) => chosen.kind === kind && (index === undefined || chosen.index === index);
  if (chosen.kind === 'layer' && chosen.index >= m.blocks.length) chosen = { kind: 'layer', index: 0 };
  return html`<div class="section">
    <div class="figures-row">${[['parameters', compact(m.parameters)], ['disk', bytes(m.bytes)], ['layers', m.layers], ['width', m.embedding], ['heads', m.heads && `${m.heads}${m.kv_heads && m.kv_heads !== m.heads ? ' / ' + m.kv_heads : ''}`], ['vocabulary', m.vocabulary && count(m.vocabulary)], ['context', m.context && count(m.context)], ['activation', m.activation], ['family', m.family]]
      .filter(([, v]) => v).map(([name, v]) => html`<div class="figure"><span class="small muted">${t('anatomy.' + name)}</span><b>${v}</b></div>`)}</div>
    <div class="anatomy">
      <div class="card section"><h2>${t('anatomy.picture')}</h2>
        <div class="stack">
          <button aria-pressed=${is('top')} @click=${choose({ kind: 'top' })}><span>${t('anatomy.top')}</span><span class="muted small">${t('anatomy.top.hint', m.vocabulary ? count(m.vocabulary) : '?')}</span></button><span class="arrow"></span>
          <div class="layers" role="group" aria-label=${t('anatomy.layers')}>${[...m.blocks].reverse().map(b => html`<button aria-pressed=${is('layer', b.index)} aria-label=${t('anatomy.layer', b.index + 1)} @click=${choose({ kind: 'layer', index: b.index })}>${b.index + 1}</button>`)}</div><span class="arrow"></span>
          <button aria-pressed=${is('bottom')} @click=${choose({ kind: 'bottom' })}><span>${t('anatomy.bottom')}</span><span class="muted small">${t('anatomy.bottom.hint', m.embedding ?? '?')}</span></button>
        </div>
        <p class="hint">${t('anatomy.picture.hint')}</p></div>
      <div class="card section">${chosen.kind === 'layer' ? layer(m, m.blocks[chosen.index]) : outside(m)}</div>
      <div class="card section"><h2>${t('anatomy.shares')}</h2><div class="shares">${m.parts.filter(p => p.parameters > 0).sort((a, b) => b.parameters - a.parameters).map(p => share(t('part.' + p.part), p.parameters / m.parameters, `${compact(p.parameters)} · ${percent(p.parameters / m.parameters)}`, colours[p.part]))}</div></div>
      <div class="card section"><h2>${t('anatomy.types')}</h2><p class="hint">${t('anatomy.types.hint')}</p><div class="shares">${m.types.sort((a, b) => b.bytes - a.bytes).map(p => share(p.type, p.bytes / m.bytes, `${bytes(p.bytes)} · ${t('anatomy.bits', (p.bytes * 8 / p.parameters).toFixed(1))}`, '--accent'))}</div></div>
    </div></div>`;
}

function share(name, part, label, colour) {
  return html`<div class="share"><span>${name}</span><span class="bar"><i .style=${`width:${part * 100}%;background:var(${colour})`}></i></span><span class="number small muted">${label}</span></div>`;
}

function layer(m, b) {
  if (!b) return nothing;
  const of = part => b.tensors.filter(x => x.part === part);
  const parts = ['norm', 'attention', 'recurrence', 'feed_forward', 'experts', 'other'].filter(p => of(p).length > 0);
  return html`<h2>${t('anatomy.layer', b.index + 1)}</h2>
    <div class="block-picture">${parts.map(p => html`<div .style=${`--part:var(${colours[p]})`}><b>${t('part.' + p)}</b> <span class="muted small">${t('part.' + p + '.hint')}</span>
      ${p === 'attention' && m.heads ? html`<div class="heads" role="img" aria-label=${t('anatomy.headCount', m.heads)}>${Array.from({ length: Math.min(m.heads, 128) }, () => html`<i></i>`)}</div><span class="tiny muted">${t('anatomy.headCount', m.heads)}${m.kv_heads && m.kv_heads !== m.heads ? ' ' + t('anatomy.grouped', m.heads / m.kv_heads) : ''}</span>` : nothing}
      ${p === 'feed_forward' && m.feed_forward ? html`<div class="tiny muted">${t('anatomy.widths', count(m.embedding), count(m.feed_forward))}</div>` : nothing}
      ${['feed_forward', 'experts'].includes(p) && m.activation ? curve(m.activation) : nothing}
      ${p === 'experts' && m.experts ? html`<div class="tiny muted">${t('anatomy.experts', m.experts, m.experts_used ?? '?')}</div>` : nothing}</div>`)}</div>
    ${tensors(b.tensors, 'blk.' + b.index + '.')}`;
}

function outside(m) {
  return html`<h2>${t(chosen.kind === 'top' ? 'anatomy.top' : 'anatomy.bottom')}</h2><p class="small">${t(chosen.kind === 'top' ? 'anatomy.top.text' : 'anatomy.bottom.text')}</p>${tensors(m.outside, '')}`;
}

function tensors(list, prefix) {
  return html`<div class="scroll-x" tabindex="0" role="group" aria-label=${t('anatomy.tensors')}><table class="plain"><thead><tr><th scope="col">${t('anatomy.tensor')}</th><th scope="col">${t('anatomy.shape')}</th><th scope="col">${t('anatomy.type')}</th><th scope="col" class="number">${t('size')}</th></tr></thead>
    <tbody>${list.map(x => html`<tr><td>${x.name.startsWith(prefix) ? x.name.slice(prefix.length) : x.name}</td><td class="number">${x.shape.join(' × ')}</td><td>${x.type}</td><td class="number">${bytes(x.bytes)}</td></tr>`)}</tbody></table></div>`;
}
