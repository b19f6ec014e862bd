// Questions, menus and short messages, out of the browser's own dialog and popover.
import { html, render, nothing } from '/lib/lit-html/lit-html.js';
import { t } from './strings.js';
import { icon } from './icons.js';

/** Opens a dialog; content(close) gives its inside. Resolves with what close was called with, undefined when dismissed. */
export function dialog(content, label) {
  return new Promise(resolve => {
    const e = document.createElement('dialog');
    e.setAttribute('aria-label', label);
    const close = value => { e.returned = value; e.close(); };
    e.addEventListener('close', () => { e.remove(); resolve(e.returned); });
    e.addEventListener('click', ev => { if (ev.target === e) close(undefined); });
    document.body.append(e);
    const draw = () => render(content(close, draw), e);
    draw();
    e.showModal();
  });
}

/** @returns whether the answer was yes */
export async function confirm(question, yes, danger = false) {
  return await dialog(close => html`<form method="dialog" @submit=${() => close(true)}>
    <p>${question}</p>
    <div class="actions">
      <button type="button" class="button" @click=${() => close(false)}>${t('cancel')}</button>
      <button class="button ${danger ? 'danger' : 'primary'}">${yes}</button>
    </div></form>`, question) === true;
}

/** @returns the text, or undefined */
export function prompt(label, value, yes, suggestions = []) {
  return dialog(close => html`<form @submit=${e => { e.preventDefault(); close(new FormData(e.target).get('value')); }}>
    <div class="field"><label for="prompt-value">${label}</label>
      <input id="prompt-value" name="value" .value=${value} list="prompt-list" maxlength="250" autofocus autocomplete="off">
      ${suggestions.length > 0 ? html`<datalist id="prompt-list">${suggestions.map(s => html`<option value=${s}></option>`)}</datalist>` : nothing}</div>
    <div class="actions">
      <button type="button" class="button" @click=${() => close(undefined)}>${t('cancel')}</button>
      <button class="button primary">${yes}</button>
    </div></form>`, label);
}

/** A menu at a button. items: {label, icon, run, danger} */
export function menu(button, items) {
  const e = document.createElement('div');
  e.popover = 'auto';
  e.className = 'menu';
  e.role = 'menu';
  e.setAttribute('aria-label', button.getAttribute('aria-label') ?? '');
  render(items.filter(Boolean).map(i => html`<button type="button" role="menuitem" class=${i.danger ? 'danger' : ''} @click=${() => { e.hidePopover(); i.run(); }}>${icon(i.icon)}${i.label}</button>`), e);
  // Within the part of the page that it belongs to, where a screen reader looks for it.
  (button.closest('main, aside') ?? document.body).append(e);
  e.addEventListener('toggle', ev => {
    if (ev.newState !== 'closed') return;
    e.remove();
    button.setAttribute('aria-expanded', 'false');
    if (document.activeElement === document.body) button.focus();
  });
  e.addEventListener('keydown', ev => {
    const all = [...e.querySelectorAll('button')];
    const step = { ArrowDown: 1, ArrowUp: -1 }[ev.key];
    if (!step) return;
    ev.preventDefault();
    all[(all.indexOf(document.activeElement) + step + all.length) % all.length].focus();
  });
  e.showPopover();
  const at = button.getBoundingClientRect();
  const size = e.getBoundingClientRect();
  e.style.position = 'fixed';
  e.style.left = Math.max(8, Math.min(at.left, innerWidth - size.width - 8)) + 'px';
  e.style.top = (at.bottom + size.height + 8 > innerHeight ? Math.max(8, at.top - size.height - 4) : at.bottom + 4) + 'px';
  button.setAttribute('aria-expanded', 'true');
  e.querySelector('button')?.focus();
}

let shown = null;

/** A short message that goes by itself; with an action, such as undoing, it stays longer. */
export function toast(message, action) {
  shown?.remove();
  const e = document.createElement('div');
  e.className = 'toast';
  e.role = 'status';
  render(html`<span>${message}</span>${action ? html`<button class="quiet" @click=${() => { e.remove(); action.run(); }}>${action.label}</button>` : nothing}
    <button class="quiet" aria-label=${t('close')} @click=${() => e.remove()}>${icon('close')}</button>`, e);
  document.body.append(e);
  shown = e;
  setTimeout(() => e.remove(), action ? 9000 : 5000);
}

export const failed = error => toast(error.message ?? String(error));

/** Says something to screen readers alone. */
export function announce(text) {
  document.getElementById('announce').textContent = text;
}
