// Where one writes: text, attached text files, and how much of the model's context the whole will take, before it is sent.
import { html, render, nothing } from '/lib/lit-html/lit-html.js';
import { t } from '../strings.js';
import { icon } from '../icons.js';
import { post } from '../api.js';
import { bytes, count, compact } from '../format.js';
import { failed, toast } from '../dialogs.js';
import { drafts } from './drafts.js';
import { pathTo } from './tree.js';
import { store } from './store.js';

const FILE_MOST = 4 << 20;
const PAUSE_MS = 350;

export class Composer {
  /** @param toEnd scrolls the conversation to its end */
  constructor(toEnd) {
    this.toEnd = toEnd;
    this.element = document.createElement('div');
    this.element.className = 'composer';
    this.files = [];
    this.fill = null;
    this.isAway = false;
    this.draw();
    this.count();
  }

  get area() {
    return this.element.querySelector('textarea');
  }

  focus() {
    if (matchMedia('(hover: hover)').matches) this.area?.focus({ preventScroll: true });
  }

  put(text) {
    this.area.value = text;
    this.area.focus();
    this.typed();
  }

  /** What was being written in this conversation before a reload, or before another one was looked at. */
  restore() {
    if (store.open.private) {
      // What is being written comes along, and is kept no longer.
      drafts.keep({ id: null }, '', []);
      return;
    }
    const { text, files } = drafts.of(store.open);
    this.area.value = text;
    this.files = files;
    this.draw();
  }

  typed() {
    drafts.keep(store.open, this.area.value, this.files);
    this.count();
  }

  away(isAway) {
    if (this.isAway === isAway) return;
    this.isAway = isAway;
    this.draw();
  }

  draw() {
    const running = store.busy;
    render(html`
      ${this.isAway && store.path.length > 0 ? html`<button type="button" class="button down" aria-label=${t('chat.toEnd')} @click=${this.toEnd}>${icon('down')}</button>` : nothing}
      ${store.open.private ? html`<div class="notice private-note">${icon('ghost')}<span>${t('private.hint')}</span></div>` : nothing}
      <form @submit=${e => { e.preventDefault(); this.send(); }} @dragover=${e => { e.preventDefault(); e.currentTarget.classList.add('over'); }} @dragleave=${e => e.currentTarget.classList.remove('over')} @drop=${e => { e.preventDefault(); e.currentTarget.classList.remove('over'); this.attach(e.dataTransfer.files); }}>
        ${this.files.length > 0 ? html`<div class="files">${this.files.map((f, i) => html`<span class="file">${icon('clip')}<span>${f.name}</span><small class="muted">${bytes(f.text.length)}</small>
          <button type="button" class="quiet" aria-label=${t('file.remove', f.name)} @click=${() => { this.files.splice(i, 1); this.draw(); this.typed(); }}>${icon('close')}</button></span>`)}</div>` : nothing}
        <label class="unseen" for="draft">${t('chat.draft')}</label>
        <textarea id="draft" rows="1" dir="auto" placeholder=${t('chat.draft')} @keydown=${e => this.key(e)} @input=${() => this.typed()} @paste=${e => { if (e.clipboardData.files.length > 0) { e.preventDefault(); this.attach(e.clipboardData.files); } }}></textarea>
        <div class="row">
          <button type="button" class="quiet" aria-label=${t('file.add')} title=${t('file.hint')} @click=${() => this.element.querySelector('input[type=file]').click()}>${icon('clip')}</button>
          <input type="file" multiple hidden aria-label=${t('file.add')} @change=${e => { this.attach(e.target.files); e.target.value = ''; }}>
          ${this.meter()}<span class="grow"></span>
          ${running ? html`<button type="button" class="button send" aria-label=${t('stop')} title=${t('stop')} @click=${() => store.stop()}>${icon('stop')}</button>`
    : html`<button class="button primary send" aria-label=${t('send')} title=${t('send')}>${icon('send')}</button>`}
        </div>
      </form>
      <p class="under">${t(store.asked.some(a => store.models.find(m => m.name === a)?.kind === 'hosted') ? 'under.away' : 'under.here')}</p>`, this.element);
  }

  meter() {
    const f = this.fill;
    if (!f) return nothing;
    if (f.tokens === null) return html`<span class="fill" title=${f.why ?? ''}>${t('fill.unknown')}</span>`;
    const share = f.context ? f.tokens / f.context : 0;
    return html`<span class="fill number ${share > 0.9 ? 'full' : ''}" title=${t('fill.title', count(f.tokens), f.context ? count(f.context) : '?', count(f.draft))} role="status" aria-label=${t('fill.title', count(f.tokens), f.context ? count(f.context) : '?', count(f.draft))}>
      ${f.context ? html`<span class="bar"><i .style=${`width:${Math.min(100, share * 100)}%`}></i></span>` : nothing}<span>${t('fill', count(f.tokens), f.context ? compact(f.context) : '?')}</span></span>`;
  }

  key(e) {
    if (e.key === 'Enter' && !e.shiftKey && !e.isComposing) {
      e.preventDefault();
      this.send();
    } else if (e.key === 'ArrowUp' && e.altKey || e.key === 'ArrowUp' && !this.area.value) {
      const last = store.path.findLast(m => m.role === 'user');
      if (last) { e.preventDefault(); this.toEnd(); document.querySelector(`[data-id="${last.id}"] button[aria-label="${t('edit')}"]`)?.click(); }
    }
  }

  async attach(files) {
    for (const file of files) {
      if (file.size > FILE_MOST) { toast(t('file.large', file.name, bytes(FILE_MOST))); continue; }
      const text = await file.text();
      if (text.includes('\u0000') || text.includes('\ufffd')) { toast(t('file.binary', file.name)); continue; }
      this.files.push({ name: file.name.slice(0, 200), text });
    }
    this.draw();
    this.typed();
    this.focus();
  }

  async send() {
    const text = this.area.value.trim();
    if (!text && this.files.length === 0 || store.busy) return;
    const files = this.files;
    drafts.keep(store.open, '', []);
    this.area.value = '';
    this.files = [];
    this.draw();
    this.toEnd();
    try {
      await store.say(text, files);
    } catch (error) {
      failed(error);
      // Nothing that was typed is lost: what was not kept comes back.
      if (store.path.findLast(m => m.role === 'user')?.body !== text) {
        this.area.value = text;
        this.files = files;
        this.draw();
        this.typed();
      }
    }
    this.count();
  }

  /** Asks the server, after a pause in typing, what the next prompt would take. */
  count() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.countNow(), PAUSE_MS);
  }

  async countNow() {
    const model = store.asked[0];
    if (!model || !this.element.isConnected) return;
    const draft = this.area.value;
    const body = { model, settings: store.open.settings, draft, files: this.files };
    if (store.open.private || !store.open.id) body.messages = pathTo(store.messages, store.open.leaf).map(m => ({ role: m.role, body: m.body, detail: m.detail }));
    else Object.assign(body, { conversation: store.open.id, parent: store.open.leaf });
    this.asking?.abort();
    this.asking = new AbortController();
    try {
      this.fill = await post('count', body, { signal: this.asking.signal });
    } catch (error) {
      if (error.name === 'AbortError') return;
      this.fill = { tokens: null, why: error.message };
    }
    this.draw();
  }
}
