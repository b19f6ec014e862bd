// What is being written, so that a reload loses nothing. It stays in this window; of a private conversation nothing is kept.

const MOST = 1 << 20; // characters; a window may keep about five million of all kinds

const key = conversation => 'dalang.draft.' + (conversation.id ?? 'new');

export const drafts = {
  /** @returns {text, files} */
  of(conversation) {
    try {
      const kept = conversation.private ? null : JSON.parse(sessionStorage.getItem(key(conversation)));
      if (kept) return kept;
    } catch (storageIsOff) { /* then there is none */ }
    return { text: '', files: [] };
  },

  keep(conversation, text, files) {
    if (conversation.private) return;
    const content = JSON.stringify({ text, files });
    try {
      if (!text && files.length === 0) sessionStorage.removeItem(key(conversation));
      else sessionStorage.setItem(key(conversation), content.length > MOST ? JSON.stringify({ text, files: [] }) : content);
    } catch (storageIsFull) { /* it stands in the field all the same */ }
  },
};
