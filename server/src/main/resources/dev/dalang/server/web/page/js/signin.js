// Signing in: by the link that the server printed, or with a key. Where the page is open already (the server was started
// anew, and knows no browser any more) it stays as it is beneath, with all that it shows, and goes on.
import { html, render } from '/lib/lit-html/lit-html.js';
import { t } from './strings.js';

const LOOK_MS = 1500;
let asking = null;

/** Resolves when this browser is signed in again; one question for all who ask. */
export function signIn() {
  asking ??= new Promise(resolve => {
    const e = document.createElement('dialog');
    e.setAttribute('aria-label', t('signIn'));
    e.addEventListener('cancel', ev => ev.preventDefault());
    const done = () => {
      clearInterval(timer);
      e.remove();
      asking = null;
      resolve();
    };
    // The link may be opened in another tab: the cookie is this one's too.
    const timer = setInterval(async () => {
      const answer = await fetch('/dalang/session', { credentials: 'same-origin' }).catch(() => null);
      if (answer?.ok) done();
    }, LOOK_MS);
    document.body.append(e);
    render(html`<div class="sheet"><h2>${t('signIn.again')}</h2><p>${t('signIn.again.how')}</p>${keyForm(done)}</div>`, e);
    e.showModal();
  });
  return asking;
}

/** A key instead of the link. */
export function keyForm(done) {
  const go = async e => {
    e.preventDefault();
    const form = e.target;
    const said = form.querySelector('[role=alert]');
    said.textContent = '';
    try {
      const answer = await fetch('/dalang/sign-in', { method: 'POST', credentials: 'same-origin', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ key: new FormData(form).get('key').trim() }) });
      if (answer.ok) done();
      else said.textContent = t('signIn.wrong');
    } catch (gone) {
      said.textContent = t('error.offline');
    }
  };
  return html`<form class="sign-in" @submit=${go}><div class="field"><label for="sign-in-key">${t('signIn.key')}</label>
    <input id="sign-in-key" name="key" type="password" required autocomplete="current-password"><small>${t('signIn.key.hint')}</small></div>
    <p class="verdict-no small" role="alert"></p>
    <div class="actions"><button class="button primary">${t('signIn')}</button></div></form>`;
}
