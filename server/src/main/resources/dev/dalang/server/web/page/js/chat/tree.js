// A conversation is a tree of messages. What is shown is the path from a first message to a leaf.

/** Children of each message in order; those of null are the first messages. */
export function childrenOf(messages) {
  const children = new Map([[null, []]]);
  for (const m of messages.values()) {
    const list = children.get(m.parent) ?? [];
    list.push(m.id);
    children.set(m.parent, list);
  }
  return children;
}

export function pathTo(messages, leaf) {
  const path = [];
  const seen = new Set();
  for (let m = messages.get(leaf); m && !seen.has(m.id); m = messages.get(m.parent)) {
    seen.add(m.id);
    path.push(m);
  }
  return path.reverse();
}

/** The end of the newest branch below a message. */
export function newestLeaf(children, id) {
  let at = id;
  for (let next; (next = children.get(at))?.length > 0;) at = next.at(-1);
  return at;
}

/** Those that answer the same message, this one included. */
export function siblings(children, message) {
  return children.get(message.parent) ?? [message.id];
}
