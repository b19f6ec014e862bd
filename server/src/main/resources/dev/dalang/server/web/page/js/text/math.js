// Formulas. KaTeX is fetched when the first one appears; until then, and where it is wrong, the formula's text stands.
import { script, style } from '../load.js';

export function mathElement(tex, display) {
  const e = document.createElement(display ? 'div' : 'span');
  e.className = display ? 'math-block' : 'math';
  e.textContent = tex;
  typeset(e, tex, display);
  return e;
}

async function typeset(e, tex, display) {
  let katex = globalThis.katex;
  if (!katex) {
    try {
      [katex] = await Promise.all([script('/lib/katex/katex.min.js', 'katex'), style('/lib/katex/katex.min.css')]);
    } catch (notThere) {
      return;
    }
  }
  try {
    // Bounded, so that a formula can neither run away nor cover the page; it builds elements, never HTML.
    katex.render(tex, e, { displayMode: display, throwOnError: true, trust: false, strict: 'ignore', maxExpand: 200, maxSize: 20 });
  } catch (wrong) {
    e.textContent = tex;
    e.classList.add('math-error');
    e.title = String(wrong.message ?? wrong);
  }
}
