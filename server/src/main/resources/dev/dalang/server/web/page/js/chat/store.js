// What the chat page knows: models, conversations, the open one, and the answers under way. Views hear of changes.
import { get, post, remove, query, follow } from '../api.js';
import { childrenOf, pathTo, newestLeaf } from './tree.js';
import { announce, failed } from '../dialogs.js';
import { t } from '../strings.js';

const NEW = () => ({ id: null, title: '', folder: null, pinned: false, private: false, settings: {}, leaf: null });

class Store extends EventTarget {
  session = null;
  models = [];
  conversations = [];
  folders = [];
  found = null;
  /** How often lists were asked for, and how often conversations were changed here. */
  loads = 0;
  changes = 0;
  open = NEW();
  messages = new Map();
  /** Answers under way by the id of their message: {job, controller}. */
  running = new Map();
  sending = 0;
  /** Models that are asked, one as a rule. */
  asked = [];

  changed(what = 'change') {
    this.dispatchEvent(new Event(what));
  }

  /** @param served the answer, where it was asked for already */
  async loadModels(served = get('models/served').catch(error => error)) {
    let answer = await served;
    if (answer instanceof Error) {
      failed(answer);
      answer = { models: [], default: null };
    }
    this.models = answer.models.filter(m => m.chat);
    this.defaultModel = answer.default;
    const known = name => this.models.some(m => m.name === name);
    const last = remembered('dalang.model');
    this.asked = this.asked.filter(known);
    if (this.asked.length === 0) this.asked = [known(last) ? last : known(answer.default) ? answer.default : this.models[0]?.name].filter(Boolean);
    this.changed();
  }

  async loadConversations(q = '') {
    const load = ++this.loads;
    let listed;
    let changes;
    do {
      changes = this.changes;
      listed = (await get('conversations' + (q ? query({ q }) : ''))).conversations;
      // Answers may come in another order than they were asked for.
      if (load !== this.loads) return;
      // What was changed in the meantime may not be in it yet.
    } while (changes !== this.changes);
    if (q) {
      this.found = listed;
    } else {
      this.found = null;
      this.conversations = listed;
    }
    this.changed('list');
  }

  ask(models) {
    this.asked = models;
    try {
      localStorage.setItem('dalang.model', models[0]);
    } catch (storageIsOff) { /* asked again next time */ }
    this.changed();
  }

  get children() {
    return this.shape().children;
  }

  get path() {
    return this.shape().path;
  }

  /** Whether a message is on the branch that is shown. */
  shows(message) {
    return this.shape().shown.has(message.id);
  }

  /** The answers of several models to one question, this one among them. */
  groupOf(message) {
    return this.shape().groups.get(groupKey(message)) ?? [message];
  }

  get hasColumns() {
    return this.path.some(m => this.groupOf(m).length > 1);
  }

  /** Read for every message that is drawn, so worked out once for each change: messages come, and never move. */
  shape() {
    const s = this.shaped;
    if (s && s.messages === this.messages && s.size === this.messages.size && s.leaf === this.open.leaf) return s;
    const path = pathTo(this.messages, this.open.leaf);
    this.shaped = { messages: this.messages, size: this.messages.size, leaf: this.open.leaf, path, shown: new Set(path.map(m => m.id)), children: childrenOf(this.messages), groups: Map.groupBy([...this.messages.values()].filter(m => m.detail.group), groupKey) };
    return this.shaped;
  }

  /** An empty conversation, which is kept once something is said in it. */
  fresh(isPrivate = false) {
    this.leave();
    this.open = { ...NEW(), private: isPrivate, settings: { ...this.open.settings } };
    this.changed('opened');
  }

  async load(id) {
    if (this.open.id === id) return;
    const answer = await get('conversations/' + encodeURIComponent(id));
    this.leave();
    this.open = { ...answer.conversation, private: false };
    this.messages = new Map(answer.messages.map(m => [m.id, m]));
    if (!this.messages.has(this.open.leaf)) this.open.leaf = newestLeaf(this.children, null);
    const known = name => this.models.some(m => m.name === name);
    const asked = this.path.findLast(m => m.role === 'assistant')?.detail.model;
    if (known(asked)) this.asked = [asked];
    this.changed('opened');
    for (const m of answer.messages) if (m.state === 'running' && m.job) this.listen(m, m.job, m.heard ?? 0);
  }

  /** Streams of a conversation that is no longer shown are not listened to; the answers go on in the server. */
  leave() {
    for (const [id, r] of this.running) {
      if (this.open.private) post(`jobs/${r.job}/stop`).catch(() => {});
      r.controller.abort();
      this.running.delete(id);
    }
    this.messages = new Map();
  }

  /** Whether something is on its way: being sent, or being answered. */
  get busy() {
    return this.sending > 0 || this.running.size > 0;
  }

  async busily(work) {
    this.sending++;
    this.changed('busy');
    try {
      return await work();
    } finally {
      this.sending--;
      if (this.sending === 0) this.stopping = false;
      this.changed('busy');
    }
  }

  /** Says something after the leaf, or after `parent`, and asks for the answer. */
  say(text, files = [], parent = this.open.leaf) {
    return this.busily(() => this.sayNow(text, files, parent));
  }

  async sayNow(text, files, parent) {
    const message = { id: crypto.randomUUID(), parent, role: 'user', state: 'complete', body: text, detail: files.length > 0 ? { files } : {}, created: Date.now() };
    await this.keep(message, text);
    await this.answer(message.id);
  }

  /** What a tool gave back; the model goes on when all of its calls have results. */
  async result(call, text, error, parent) {
    const message = { id: crypto.randomUUID(), parent, role: 'tool', state: 'complete', body: text, detail: { call: call.id, name: call.name, error }, created: Date.now() };
    await this.keep(message, '');
    return message;
  }

  async keep(message, title) {
    if (!this.open.private) {
      if (!this.open.id) {
        const made = await post('conversations', { title: titleOf(title), settings: this.open.settings });
        this.open = { ...made.conversation, private: false };
        this.changes++;
        this.conversations = [made.conversation, ...this.conversations];
        history.replaceState(null, '', '#/chat/' + made.conversation.id);
        this.changed('list');
      }
      await post(`conversations/${this.open.id}/messages`, { id: message.id, parent: message.parent, role: message.role, body: message.body, detail: message.detail });
    }
    this.messages.set(message.id, message);
    this.open.leaf = message.id;
    this.changed();
  }

  /** Asks all chosen models to answer the message. */
  answer(parent, models = this.asked) {
    return this.busily(() => this.answerNow(parent, models));
  }

  async answerNow(parent, models) {
    if (models.length === 0) throw new Error(t('chat.noModel'));
    const group = models.length > 1 ? crypto.randomUUID() : null;
    const results = await Promise.allSettled(models.map(model => this.start({ parent, model, group })));
    if (this.open.id && !this.open.private) this.touch();
    const bad = results.find(r => r.status === 'rejected');
    if (bad) throw bad.reason;
  }

  /** The same question once more: a sibling of the answer. */
  again(message, model = message.detail.model) {
    return this.answer(message.parent, [this.models.some(m => m.name === model) ? model : this.asked[0]]);
  }

  /** The answer goes on where it ended. */
  async goOn(message) {
    const model = this.models.some(m => m.name === message.detail.model) ? message.detail.model : this.asked[0];
    await this.busily(() => this.start({ continued: message, parent: message.parent, model, group: message.detail.group ?? null }));
  }

  async start({ parent, model, group, continued = null }) {
    const body = { model, settings: this.open.settings, group, parent };
    if (continued) body.continued = continued.id;
    if (this.open.private) {
      const path = pathTo(this.messages, continued ? continued.id : parent);
      body.messages = path.map(m => ({ role: m.role, body: m.body, detail: m.detail }));
    } else body.conversation = this.open.id;
    const { job, message: id } = await post('chat', body);
    let message = continued;
    if (message) {
      message.state = 'running';
      message.detail = { ...message.detail, error: undefined, finish: undefined };
    } else {
      message = { id, parent, role: 'assistant', state: 'running', body: '', detail: { model, ...(group ? { group } : {}) }, created: Date.now() };
      this.messages.set(id, message);
      this.open.leaf = id;
    }
    this.changed();
    this.listen(message, job, 0);
  }

  /** Takes an answer's events; a text that is replayed from the beginning replaces what is there. */
  listen(message, job, after) {
    const controller = new AbortController();
    this.running.set(message.id, { job, controller });
    message.job = job;
    if (this.stopping) post(`jobs/${job}/stop`).catch(failed);
    const told = what => this.dispatchEvent(new CustomEvent('message', { detail: { message, ...what } }));
    const take = e => {
      switch (e.type) {
        case 'begin': message.body = e.body ?? ''; message.detail = { ...message.detail, ...e.detail }; told({ reset: true }); break;
        case 'progress': message.progress = e; told({ status: true }); break;
        case 'text': message.body += e.text; message.progress = null; told({ text: e.text }); break;
        case 'reasoning': message.detail.reasoning = (message.detail.reasoning ?? '') + e.text; message.progress = null; told({ reasoning: e.text }); break;
        case 'call': (message.detail.calls ??= [])[e.index] = { id: e.id, name: e.name, arguments: '' }; told({ status: true }); break;
        case 'arguments': message.detail.calls[e.index].arguments += e.text; told({ status: true }); break;
        case 'notice': (message.detail.notices ??= []).push(e.message); told({ status: true }); break;
        case 'end':
          message.state = e.state;
          message.detail = e.detail;
          message.body = e.body ?? message.body;
          this.running.delete(message.id);
          told({ end: true });
          announce(t(e.state === 'complete' ? 'chat.answered' : 'chat.ended', e.detail.model));
          this.changed();
          return true;
        default: break;
      }
      return false;
    };
    const state = { after };
    follow(`jobs/${job}/events`, take, { signal: controller.signal, state, waiting: seconds => { message.waiting = seconds; told({ status: true }); } })
      .catch(async error => {
        this.running.delete(message.id);
        if (error.status === 404 && this.open.id && await this.reread(message)) {
          told({ reset: true, end: true });
          this.changed();
          return;
        }
        message.state = 'interrupted';
        message.detail.error = error.status === 404 ? t('chat.lost') : error.message;
        told({ end: true });
        this.changed();
      });
  }

  /** An answer that ended while nobody listened, as it was kept; false where it was not. */
  async reread(message) {
    const id = this.open.id;
    const found = await get('conversations/' + id).then(a => a.messages.find(m => m.id === message.id), () => null);
    if (!found) return false;
    const heard = { body: message.body, reasoning: message.detail.reasoning ?? '' };
    Object.assign(message, { state: found.state, body: found.body, detail: found.detail });
    const kept = { body: found.body, reasoning: found.detail.reasoning ?? '' };
    // A server that was killed had not kept its last words; whoever heard them has them still.
    if (found.state === 'interrupted' && ['body', 'reasoning'].every(x => heard[x].startsWith(kept[x])) && heard.body.length + heard.reasoning.length > kept.body.length + kept.reasoning.length) {
      message.body = heard.body;
      if (heard.reasoning) message.detail = { ...message.detail, reasoning: heard.reasoning };
      await post(`conversations/${id}/messages/${message.id}/heard`, heard).catch(failed);
    }
    return true;
  }

  stop() {
    // What is only on its way is stopped as soon as it has a name.
    this.stopping = this.sending > 0;
    for (const r of this.running.values()) post(`jobs/${r.job}/stop`).catch(failed);
  }

  /** Shows the branch that ends newest below a message. */
  choose(id) {
    this.open.leaf = newestLeaf(this.children, id);
    this.changed();
    this.save({ leaf: this.open.leaf });
  }

  async save(values) {
    if (this.open.id && !this.open.private) await this.change(this.open.id, values);
  }

  async change(id, values) {
    try {
      const { conversation } = await post('conversations/' + id, values);
      this.changes++;
      this.conversations = this.conversations.map(c => c.id === id ? conversation : c);
      if (this.found) this.found = this.found.map(c => c.id === id ? { ...c, ...conversation } : c);
      if (this.open.id === id) this.open = { ...this.open, ...conversation, leaf: this.open.leaf, settings: this.open.settings };
      this.changed('list');
    } catch (error) {
      failed(error);
    }
  }

  settings(values) {
    this.open.settings = { ...this.open.settings, ...values };
    for (const [k, v] of Object.entries(values)) if (v === null || v === '') delete this.open.settings[k];
    this.changed();
    clearTimeout(this.saving);
    this.saving = setTimeout(() => this.save({ settings: this.open.settings }), 600);
  }

  touch() {
    const now = Date.now();
    this.conversations = this.conversations.map(c => c.id === this.open.id ? { ...c, updated: now } : c);
    this.changed('list');
  }

  async delete(id) {
    await remove('conversations/' + id);
    this.changes++;
    this.conversations = this.conversations.filter(c => c.id !== id);
    if (this.found) this.found = this.found.filter(c => c.id !== id);
    if (this.open.id === id) {
      this.fresh();
      history.replaceState(null, '', '#/chat');
    }
    this.changed('list');
  }
}

function remembered(key) {
  try {
    return localStorage.getItem(key);
  } catch (storageIsOff) {
    return null;
  }
}

function groupKey(message) {
  return message.detail.group ? `${message.parent} ${message.detail.group}` : null;
}

/** A conversation is called by how it begins. */
export function titleOf(text) {
  const line = text.trim().split('\n')[0].replace(/\s+/g, ' ');
  return line.length > 60 ? line.slice(0, 57).replace(/\s\S*$/, '') + '…' : line || t('chat.untitled');
}

export const store = new Store();
