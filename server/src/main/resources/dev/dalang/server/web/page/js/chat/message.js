// One message. Its text is an element of its own that grows by itself; the rest is drawn anew when something changes.
import { html, render, nothing } from '/lib/lit-html/lit-html.js';
import { nextFrame } from '../frame.js';
import { t } from '../strings.js';
import { icon } from '../icons.js';
import { count, duration, when } from '../format.js';
import { menu, failed } from '../dialogs.js';
import { MarkdownStream } from '../text/markdown.js';
import { copyText } from '../text/code.js';
import { siblings } from './tree.js';
import { store } from './store.js';

export class MessageView {
  constructor(message) {
    this.message = message;
    this.element = document.createElement('article');
    this.editing = null;
    this.later = nextFrame(() => this.redraw());
    if (message.role === 'assistant') this.restart();
  }

  /** The text from its beginning. */
  restart() {
    this.text = document.createElement('div');
    this.stream = new MarkdownStream(this.text);
    if (this.message.state === 'running') this.stream.append(this.message.body);
    else this.stream.set(this.message.body);
  }

  /** What the store has to tell of this message. */
  heard({ text, reset, end }) {
    if (reset) this.restart();
    else if (text) {
      if (this.stream.done) this.restart();
      else this.stream.append(text);
    }
    if (end) {
      // What came while nobody listened is in the whole text alone.
      this.stream.finish();
    }
    if (!text || this.fresh !== this.message.body.length > 0) this.later();
  }

  draw(children, last) {
    const m = this.message;
    const all = siblings(children, m);
    // Whether anything that is shown of it changed; what it hears redraws it by itself.
    const now = [last, m.state, m.detail, store.shows(m), all.length, all.indexOf(m.id), store.models, m.role === 'user' && store.busy, m.detail.calls && store.messages.size];
    if (this.drawn?.every((x, i) => x === now[i])) return;
    this.drawn = now;
    this.children = children;
    this.last = last;
    this.redraw();
  }

  redraw() {
    const m = this.message;
    this.fresh = m.body.length > 0;
    this.element.className = `message ${m.role} ${this.last ? 'last' : ''}`;
    this.element.dataset.id = m.id;
    this.element.setAttribute('aria-label', t('chat.said.' + m.role, m.detail.model ?? ''));
    render(m.role === 'user' ? this.user() : m.role === 'tool' ? this.tool() : this.assistant(), this.element);
  }

  user() {
    const m = this.message;
    if (this.editing !== null) return this.editor();
    return html`<h2 class="unseen">${t('chat.said.user')}</h2>
      ${m.detail.files?.length > 0 ? html`<div class="files">${m.detail.files.map(f => html`<span class="file" title=${f.text.slice(0, 2000)}>${icon('clip')}<span>${f.name}</span></span>`)}</div>` : nothing}
      ${m.body ? html`<div class="said" dir="auto">${m.body}</div>` : nothing}
      <div class="tools">
        ${this.others()}
        <button class="quiet" aria-label=${t('copy')} title=${t('copy')} @click=${() => copyText(m.body)}>${icon('copy')}</button>
        <button class="quiet" aria-label=${t('edit')} title=${t('edit.hint')} @click=${() => this.edit()}>${icon('edit')}</button>
        ${this.unanswered() ? html`<button class="button slim" @click=${() => store.answer(m.id).catch(failed)}>${icon('again')}${t('answer.ask')}</button>` : nothing}
      </div>`;
  }

  /** The question is kept, but asking for the answer failed. */
  unanswered() {
    return this.last && store.open.leaf === this.message.id && !store.busy;
  }

  edit() {
    this.editing = this.message.body;
    this.redraw();
    this.element.querySelector('textarea').focus();
  }

  editor() {
    const done = () => { this.editing = null; this.redraw(); };
    const send = async e => {
      e.preventDefault();
      const text = this.element.querySelector('textarea').value;
      done();
      await store.say(text, this.message.detail.files ?? [], this.message.parent).catch(failed);
    };
    return html`<form class="edit" @submit=${send} @keydown=${e => {
      if (e.key === 'Escape') { e.stopPropagation(); done(); }
      if (e.key === 'Enter' && !e.shiftKey && !e.isComposing) send(e);
    }}>
      <textarea aria-label=${t('edit')} dir="auto" .value=${this.editing}></textarea>
      <div class="row"><span class="hint grow">${t('edit.hint')}</span><button type="button" class="button slim" @click=${done}>${t('cancel')}</button><button class="button primary slim">${t('send')}</button></div></form>`;
  }

  tool() {
    const m = this.message;
    return html`<h2 class="unseen">${t('chat.said.tool')}</h2><details class="call"><summary>${t(m.detail.error ? 'tool.failed' : 'tool.result', m.detail.name)}</summary><pre tabindex="0">${m.body}</pre></details>`;
  }

  assistant() {
    const m = this.message;
    const running = m.state === 'running';
    return html`<h2 class="unseen">${t('chat.said.assistant', m.detail.model ?? '')}</h2>
      <div class="who"><b>${m.detail.model ?? ''}</b>${this.place()}${m.created ? html`<time>${when(m.created)}</time>` : nothing}</div>
      ${m.detail.notices?.map(n => html`<div class="notice warn">${icon('warning')}<span>${n}</span></div>`)}
      ${m.detail.reasoning ? html`<details class="thoughts" ?open=${running && !m.body && this.thoughtsOpen !== false} @toggle=${e => { if (running) this.thoughtsOpen = e.target.open; }}>
        <summary>${running && !m.body ? t('reasoning.now') : m.detail.reasoning_ms ? t('reasoning.took', duration(m.detail.reasoning_ms)) : t('reasoning')}</summary><div dir="auto" tabindex="0">${m.detail.reasoning}</div></details>` : nothing}
      ${this.text}
      ${m.detail.refusal ? html`<div class="notice warn">${m.detail.refusal}</div>` : nothing}
      ${m.detail.calls?.map(c => this.call(c))}
      ${running ? this.status() : this.ended()}
      ${running ? nothing : this.tools()}`;
  }

  place() {
    const model = store.models.find(x => x.name === this.message.detail.model);
    if (!model) return nothing;
    return html`<span class="chip ${model.kind === 'hosted' ? 'warn' : 'good'}">${t(model.kind === 'hosted' ? 'place.away' : 'place.here')}</span>`;
  }

  status() {
    const m = this.message;
    if (m.waiting > 0) return html`<span class="pulse">${t('chat.reconnecting')}</span>`;
    if (m.progress) return html`<span class="pulse">${t('chat.reading', count(m.progress.done), count(m.progress.total))}</span>`;
    return m.body ? nothing : html`<span class="pulse">${t(m.detail.reasoning ? 'reasoning.now' : 'chat.waiting')}</span>`;
  }

  ended() {
    const m = this.message;
    if (m.detail.error) return html`<div class="notice bad" role="alert">${icon('warning')}<span>${m.detail.error}</span></div>`;
    if (m.state === 'interrupted') return html`<div class="notice">${t(m.detail.finish === 'cancelled' ? 'chat.stopped' : 'chat.interrupted')}</div>`;
    if (m.detail.finish === 'length' || m.detail.finish === 'context_full') return html`<div class="notice warn">${t('finish.' + m.detail.finish)}</div>`;
    return nothing;
  }

  call(c) {
    const m = this.message;
    const answered = store.path.some(x => x.role === 'tool' && x.detail.call === c.id);
    const give = async e => {
      e.preventDefault();
      const text = new FormData(e.target).get('result');
      try {
        const kept = await store.result(c, text, false, store.open.leaf);
        const done = m.detail.calls.every(x => store.path.some(p => p.role === 'tool' && p.detail.call === x.id));
        if (done) await store.answer(kept.id, [m.detail.model]);
      } catch (error) {
        failed(error);
      }
    };
    return html`<details class="call" open><summary>${t('tool.call', c.name)}</summary><pre tabindex="0">${pretty(c.arguments)}</pre>
      ${m.state === 'running' || answered || !this.last && !store.shows(m) ? nothing : html`<form class="answer-form" @submit=${give}>
        <label class="label" for="result-${c.id}">${t('tool.give')}</label>
        <textarea id="result-${c.id}" name="result" rows="3" required></textarea>
        <div class="row"><button class="button primary slim">${t('tool.send')}</button></div></form>`}</details>`;
  }

  others() {
    const all = siblings(this.children ?? new Map(), this.message).filter(id => !this.message.detail.group || store.messages.get(id)?.detail.group !== this.message.detail.group || id === this.message.id);
    if (all.length < 2) return nothing;
    const at = all.indexOf(this.message.id);
    const to = step => () => store.choose(all[at + step]);
    return html`<span class="siblings"><button class="quiet" ?disabled=${at === 0} aria-label=${t('branch.before')} @click=${to(-1)}>${icon('left')}</button>
      <span aria-label=${t('branch.of', at + 1, all.length)}>${at + 1}/${all.length}</span>
      <button class="quiet" ?disabled=${at === all.length - 1} aria-label=${t('branch.after')} @click=${to(1)}>${icon('right')}</button></span>`;
  }

  tools() {
    const m = this.message;
    const chosen = store.shows(m);
    const cut = m.state === 'interrupted' || m.detail.finish === 'length';
    return html`<div class="tools">
      ${this.others()}
      ${chosen ? nothing : html`<button class="button slim" @click=${() => store.choose(m.id)}>${t('branch.choose')}</button>`}
      <button class="quiet" aria-label=${t('copy')} title=${t('copy')} @click=${() => copyText(m.body)}>${icon('copy')}</button>
      <button class="quiet" aria-label=${t('regenerate')} title=${t('regenerate')} @click=${() => store.again(m).catch(failed)}>${icon('again')}</button>
      <button class="quiet ${cut ? 'marked' : ''}" aria-label=${t('continue')} title=${t('continue.hint')} @click=${() => store.goOn(m).catch(failed)}>${icon('on')}${cut ? t('continue') : nothing}</button>
      <button class="quiet" aria-label=${t('more')} aria-haspopup="menu" @click=${e => this.more(e.currentTarget)}>${icon('more')}</button>
      <span class="figures number">${figures(m.detail)}</span></div>`;
  }

  more(button) {
    const m = this.message;
    menu(button, [
      ...store.models.filter(x => x.name !== m.detail.model).slice(0, 8).map(x => ({ label: t('regenerate.with', x.name), icon: 'again', run: () => store.again(m, x.name).catch(failed) })),
      { label: t('inside.open'), icon: 'inside', run: () => { sessionStorage.setItem('dalang.inside', JSON.stringify({ model: m.detail.model, text: store.messages.get(m.parent)?.body ?? '' })); location.hash = '#/inside'; } },
    ]);
  }
}

function pretty(json) {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch (unfinished) {
    return json;
  }
}

/** Tokens a second, time to the first token, tokens: what the answer cost. */
function figures(detail) {
  const { usage, timings } = detail;
  if (!usage || !timings) return nothing;
  const parts = [];
  const made = usage.completion;
  if (made > 1 && timings.generation > 0) parts.push(t('figure.speed', ((made - 1) * 1000 / timings.generation).toFixed(1)));
  if (timings.first > 0) parts.push(t('figure.first', duration(timings.first)));
  parts.push(t('figure.tokens', count(usage.prompt), count(made)));
  if (detail.cost) parts.push(detail.cost);
  return parts.join(' · ');
}
