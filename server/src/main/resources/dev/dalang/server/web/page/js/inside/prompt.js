// A text through the model's eyes: its tokens, what the model expected at each of them, what comes next under which
// settings, and where a head looks.
import { html, nothing } from '/lib/lit-html/lit-html.js';
import { t } from '../strings.js';
import { post } from '../api.js';
import { count, percent } from '../format.js';
import { failed } from '../dialogs.js';
import { sampled } from './sampling.js';
import { drawAttention, cellAt } from './attention.js';

const EXAMPLE = 'The capital of France is';

export class PromptView {
  constructor(draw, model) {
    this.draw = draw;
    this.model = model;
    this.text = EXAMPLE;
    this.chat = false;
    this.temperature = 1;
    this.topP = 1;
    this.layer = 0;
    this.head = 0;
    this.busy = 0;
    this.clear();
  }

  clear() {
    this.tokens = null;
    this.predicted = null;
    this.attention = null;
    this.at = -1;
    this.hovered = null;
  }

  start(text) {
    this.clear();
    if (text) { this.text = text.slice(0, 2000); this.chat = true; }
    this.look();
  }

  /** Tokens of the text, and what follows from them. */
  async look() {
    if (!this.text) return;
    const turn = this.turn();
    await this.work(async () => {
      const { tokens, kind, vocabulary, most } = await post('inside/tokens', { model: this.model(), text: this.text, chat: this.chat });
      if (turn !== this.turns) return;
      this.kind = kind;
      this.vocabulary = vocabulary;
      this.cut = tokens.length > most ? tokens.length : 0;
      await this.expect(tokens.slice(0, most));
    });
  }

  /** Of several that are asked for at once the last one counts, in whatever order they come back. */
  turn() {
    this.turns = (this.turns ?? 0) + 1;
    return this.turns;
  }

  async expect(tokens) {
    const turn = this.turn();
    const ids = tokens.map(x => x.id);
    const predicted = await post('inside/predict', { model: this.model(), ids });
    if (turn !== this.turns) return;
    this.tokens = tokens;
    this.predicted = predicted;
    this.at = tokens.length - 1;
    this.attention = null;
    this.draw();
    await this.lookAround();
  }

  async lookAround() {
    const { tokens, layer, head } = this;
    let seen = null;
    let none = null;
    try {
      seen = await post('inside/attention', { model: this.model(), ids: tokens.map(x => x.id), layer, head });
    } catch (error) {
      none = error.message;
    }
    // Meanwhile something else may have been asked for: what comes late is not about what stands there.
    if (tokens !== this.tokens || layer !== this.layer || head !== this.head) return;
    this.attention = seen;
    this.noAttention = none;
  }

  async work(run) {
    this.busy++;
    this.draw();
    try {
      await run();
    } catch (error) {
      failed(error);
    }
    this.busy--;
    this.draw();
  }

  /** Goes on from another candidate: the text before, and this one. */
  branch(position, candidate) {
    this.work(() => this.expect([...this.tokens.slice(0, position + 1), { id: candidate.id, text: candidate.text, control: candidate.control }]));
  }

  template(tree) {
    return html`<div class="section">
      <form class="card section" @submit=${e => { e.preventDefault(); this.look(); }}>
        <div class="field"><label for="inside-text">${t('prompt.text')}</label><textarea id="inside-text" rows="2" dir="auto" maxlength="2000" .value=${this.text} @input=${e => { this.text = e.target.value; }}></textarea></div>
        <div class="row"><label class="switch"><input type="checkbox" .checked=${this.chat} @change=${e => { this.chat = e.target.checked; this.look(); }}>${t('prompt.chat')}</label><span class="grow"></span>
        <button class="button primary" ?disabled=${this.busy}>${t(this.busy ? 'prompt.busy' : 'prompt.look')}</button></div></form>
      ${this.tokens ? html`${this.tokenCard()}<div class="two">${this.nextCard()}${this.samplingCard()}</div>${this.attentionCard(tree)}` : nothing}</div>`;
  }

  tokenCard() {
    return html`<div class="card section"><h2>${t('prompt.tokens', count(this.tokens.length))}</h2>
      <p class="hint">${t('prompt.tokens.hint', this.kind ?? '', count(this.vocabulary ?? 0))}</p>
      ${this.cut ? html`<div class="notice warn">${t('prompt.cut', count(this.cut), count(this.tokens.length))}</div>` : nothing}
      <div class="tokens" role="group" aria-label=${t('prompt.list')}>${this.tokens.map((x, i) => html`<button class="token ${x.control ? 'control' : ''}" aria-pressed=${i === this.at} title=${t('prompt.token', x.id, i + 1)} @click=${() => { this.at = i; this.draw(); }}>${visible(x.text)}<small>${x.id}</small></button>`)}</div></div>`;
  }

  nextCard() {
    const p = this.predicted.positions[this.at];
    const actual = this.tokens[this.at + 1];
    const most = p.candidates[0].p;
    return html`<div class="card section"><h2>${t('prompt.next', visible(this.tokens[this.at].text))}</h2>
      <p class="hint">${actual ? t('prompt.actual', visible(actual.text), percent(p.p ?? 0), p.rank ?? '?') : t('prompt.end')} ${t('prompt.entropy', p.entropy.toFixed(1))}</p>
      <div class="candidates">${p.candidates.map(c => html`<button class="candidate ${actual?.id === c.id ? 'actual' : ''}" title=${t('prompt.branch')} aria-label=${t('prompt.candidate', visible(c.text), percent(c.p))} @click=${() => this.branch(this.at, c)}><code>${visible(c.text)}</code><span class="bar"><i .style=${`width:${c.p / most * 100}%`}></i></span><span>${percent(c.p)}</span></button>`)}</div>
      <p class="hint">${t('prompt.branch')}</p></div>`;
  }

  samplingCard() {
    const shown = sampled(this.predicted.last, this.temperature, this.topP).slice(0, 12);
    const most = Math.max(...shown.map(c => c.p), 1e-9);
    const slider = (name, min, max, step) => html`<div class="slider"><div class="row"><label class="label" for="try-${name}">${t('set.' + (name === 'topP' ? 'top_p' : name))}</label><output for="try-${name}">${this[name].toFixed(2)}</output></div>
      <input type="range" id="try-${name}" min=${min} max=${max} step=${step} .value=${String(this[name])} @input=${e => { this[name] = Number(e.target.value); this.draw(); }}></div>`;
    return html`<div class="card section"><h2>${t('prompt.sampling')}</h2><p class="hint">${t('prompt.sampling.hint')}</p>
      ${slider('temperature', 0, 2, 0.05)}${slider('topP', 0.05, 1, 0.01)}
      <div class="candidates" role="list" aria-label=${t('prompt.sampling')}>${shown.map(c => html`<div class="candidate ${c.p === 0 ? 'out' : ''}" role="listitem"><code>${visible(c.text)}</code><span class="bar"><i .style=${`width:${c.p / most * 100}%`}></i></span><span>${c.p === 0 ? t('prompt.out') : percent(c.p)}</span></div>`)}</div></div>`;
  }

  attentionCard(tree) {
    const layers = tree?.blocks.length ?? 1;
    const heads = this.attention?.heads ?? tree?.heads ?? 1;
    const pick = (name, n) => html`<div class="field"><label for="att-${name}">${t('attention.' + name)}</label><select id="att-${name}" @change=${e => { this[name] = Number(e.target.value); if (name === 'layer') this.head = 0; this.work(() => this.lookAround()); }}>${Array.from({ length: n }, (_, i) => html`<option value=${i} ?selected=${this[name] === i}>${i + 1}</option>`)}</select></div>`;
    const h = this.hovered;
    return html`<div class="card section"><h2>${t('attention')}</h2><p class="hint">${t('attention.hint')}</p>
      <div class="filters">${pick('layer', layers)}${pick('head', heads)}</div>
      ${this.noAttention ? html`<div class="notice">${this.noAttention}</div>` : this.attention ? html`
      <div class="attention" tabindex="0" role="group" aria-label=${t('attention')}><canvas id="attention" role="img" aria-label=${this.summary()} @mousemove=${e => { this.hovered = cellAt(e, this.attention.rows); this.draw(); }} @mouseleave=${() => { this.hovered = null; this.draw(); }}></canvas></div>
      <p class="small number" role="status">${h ? t('attention.cell', visible(this.tokens[h.from].text), visible(this.tokens[h.to].text), percent(h.weight)) : this.summary()}</p>` : html`<p class="muted">${t('loading')}</p>`}</div>`;
  }

  /** In words, for the chosen token: where it looks most. */
  summary() {
    const row = this.attention.rows[this.at];
    if (!row) return t('attention');
    const best = row.map((w, i) => [w, i]).sort((a, b) => b[0] - a[0]).slice(0, 3);
    return t('attention.most', visible(this.tokens[this.at].text), best.map(([w, i]) => `${visible(this.tokens[i].text)} (${percent(w)})`).join(', '));
  }

  /** What needs the finished page: the canvas. */
  after() {
    const canvas = document.getElementById('attention');
    if (canvas && this.attention) drawAttention(canvas, this.attention.rows, this.tokens.map(x => visible(x.text)), this.at);
  }
}

/** Spaces and line ends as signs, so that they can be seen. */
export function visible(text) {
  return text.replaceAll(' ', '␣').replaceAll('\n', '⏎').replaceAll('\t', '⇥') || '∅';
}
