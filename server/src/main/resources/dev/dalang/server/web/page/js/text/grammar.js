// What Markdown means here: GitHub's, and mathematics between $…$, $$…$$, \(…\) and \[…\].
import { Marked } from '/lib/marked/marked.esm.js';

const inlineMath = {
  name: 'math',
  level: 'inline',
  start(src) {
    const at = src.search(/\$|\\[([]/);
    return at < 0 ? undefined : at;
  },
  tokenizer(src) {
    // A dollar opens a formula where no space follows, and closes one where no digit does, so that prices stay prices.
    const match = /^\$\$([^$]{1,4000}?)\$\$/.exec(src)
      ?? /^\\\[([^]{1,4000}?)\\\]/.exec(src)
      ?? /^\\\(([^\n]{1,2000}?)\\\)/.exec(src)
      ?? /^\$((?:[^\s$\\`]|\\[^\n])(?:(?:[^$\\`\n]|\\[^\n]){0,500}?(?:[^\s$\\`]|\\[^\n]))?)\$(?![\d$])/.exec(src);
    if (!match) return undefined;
    const display = match[0].startsWith('$$') || match[0].startsWith('\\[');
    return { type: 'math', raw: match[0], text: match[1].trim(), display };
  },
};

const blockMath = {
  name: 'mathBlock',
  level: 'block',
  start(src) {
    const at = src.search(/(?:^|\n) {0,3}(?:\$\$|\\\[)/);
    return at < 0 ? undefined : at;
  },
  tokenizer(src) {
    const match = /^ {0,3}\$\$([^]{1,8000}?)\$\$[ \t]*(?:\n|$)/.exec(src) ?? /^ {0,3}\\\[([^]{1,8000}?)\\\][ \t]*(?:\n|$)/.exec(src);
    return match ? { type: 'math', raw: match[0], text: match[1].trim(), display: true } : undefined;
  },
};

const marked = new Marked({ gfm: true, breaks: false, async: false });
marked.use({ extensions: [inlineMath, blockMath] });

/** For the Lexer. */
export const markedOptions = marked.defaults;
