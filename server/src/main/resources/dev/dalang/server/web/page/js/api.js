// The server, as the page sees it. Every failure is an Error whose message is for a person.
import { t } from './strings.js';

/** After a pause of the machine thousands of events may have come together. */
const MOST_AT_ONCE_MS = 6;

export class ServerError extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

async function ask(method, path, body, options = {}) {
  let response;
  try {
    response = await fetch('/dalang/' + path, {
      method,
      credentials: 'same-origin',
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
      body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
      signal: options.signal,
    });
  } catch (gone) {
    if (gone.name === 'AbortError') throw gone;
    throw new ServerError(t('error.offline'), 0);
  }
  if (!response.ok) {
    let message = t('error.status', response.status);
    try {
      message = (await response.json()).error.message;
    } catch (noJson) { /* the status must do */ }
    if (response.status === 401) dispatchEvent(new CustomEvent('dalang-signed-out'));
    throw new ServerError(message, response.status);
  }
  return response;
}

export async function get(path, options) {
  return (await ask('GET', path, undefined, options)).json();
}

export async function post(path, body = {}, options = {}) {
  return (await ask('POST', path, body, options)).json();
}

export async function remove(path) {
  return (await ask('DELETE', path)).json();
}

/** A query string from an object; empty values are left out. */
export function query(values) {
  const q = new URLSearchParams(Object.entries(values).filter(([, v]) => v !== undefined && v !== null && v !== ''));
  return q.size > 0 ? '?' + q : '';
}

/**
 * Events of something that runs in the server. A broken connection is taken up where it was: each event has a number, and
 * the server is asked for those after the last one that came.
 *
 * @param path of the stream
 * @param take receives each event's data; the stream is over when it gives true
 * @param state {after}: the number to go on after, kept up to date here
 * @param waiting told the seconds until the next try, and 0 when the stream runs
 */
export async function follow(path, take, { signal, state = { after: 0 }, waiting = () => {} }) {
  for (let failures = 0; !signal.aborted;) {
    try {
      const response = await ask('GET', path + query({ after: state.after || undefined }), undefined, { signal });
      waiting(0);
      let since = performance.now();
      for await (const data of events(response.body)) {
        failures = 0;
        if (data.n !== undefined) state.after = data.n;
        if (take(data)) return true;
        if (performance.now() - since > MOST_AT_ONCE_MS) {
          await pause();
          since = performance.now();
        }
      }
    } catch (broken) {
      if (broken.name === 'AbortError') return false;
      // Whoever is signed out signs in again, and the stream goes on.
      if (broken instanceof ServerError && broken.status >= 400 && broken.status < 500 && broken.status !== 401) throw broken;
    }
    const seconds = Math.min(8, 0.25 * 2 ** failures++);
    waiting(seconds);
    await new Promise(resolve => setTimeout(resolve, seconds * 1000));
  }
  return false;
}

/** Lets the browser draw and answer before the next piece of work. */
function pause() {
  return globalThis.scheduler?.yield ? scheduler.yield() : new Promise(resolve => setTimeout(resolve));
}

/** Server-sent events out of a body, as objects. */
async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      rest += value;
      for (let end; (end = rest.indexOf('\n\n')) >= 0;) {
        const data = rest.slice(0, end).split('\n').filter(l => l.startsWith('data:')).map(l => l.slice(5).trimStart()).join('\n');
        rest = rest.slice(end + 2);
        if (data) yield JSON.parse(data);
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}
