// What is not needed at first comes when it is: classic scripts that define one global, and their styles.
const coming = new Map();

/** Resolves when the browser has nothing better to do, but soon. */
export function idle() {
  return new Promise(resolve => globalThis.requestIdleCallback ? requestIdleCallback(resolve, { timeout: 400 }) : setTimeout(resolve, 50));
}

export function script(path, global) {
  if (globalThis[global]) return Promise.resolve(globalThis[global]);
  return once(path, () => new Promise((resolve, reject) => {
    const e = document.createElement('script');
    e.src = path;
    e.onload = () => resolve(globalThis[global]);
    e.onerror = () => {
      coming.delete(path);
      reject(new Error(path));
    };
    document.head.append(e);
  }));
}

export function style(path) {
  return once(path, () => new Promise(resolve => {
    const e = document.createElement('link');
    e.rel = 'stylesheet';
    e.href = path;
    e.onload = e.onerror = resolve;
    document.head.append(e);
  }));
}

function once(path, start) {
  if (!coming.has(path)) coming.set(path, start());
  return coming.get(path);
}
