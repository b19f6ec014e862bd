// The activation function of the feed-forward networks as a curve, with a sentence on what it is for.
import { html, svg } from '/lib/lit-html/lit-html.js';
import { t } from '../strings.js';

// Where "GLU" is in the name, this function opens the gate that a second row of numbers goes through (Shazeer 2020).
const functions = [
  [/^SwiGLU/, x => x / (1 + Math.exp(-x))],
  [/^(GEGLU|GELU)/, x => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))],
  [/^squared ReLU/, x => Math.max(0, x) ** 2],
  [/^ReLU/, x => Math.max(0, x)],
];

const REACH = 4; // from -4 to 4, both ways
const SIZE = 120;

export function curve(name) {
  const f = functions.find(([pattern]) => pattern.test(name))?.[1];
  if (!f) return html`<div class="tiny muted">${t('activation', name)}</div>`;
  const at = (x, y) => `${((x + REACH) / (2 * REACH) * SIZE).toFixed(1)},${((REACH - y) / (2 * REACH) * SIZE).toFixed(1)}`;
  const points = [];
  for (let x = -REACH; x <= REACH; x += 0.1) if (f(x) <= REACH) points.push(at(x, f(x)));
  return html`<div class="curve"><svg viewBox="0 0 ${SIZE} ${SIZE}" role="img" aria-label=${t('activation.curve', name)}>
    ${svg`<path class="axis" d="M0 ${SIZE / 2}H${SIZE}M${SIZE / 2} 0V${SIZE}"></path><polyline points=${points.join(' ')}></polyline>`}</svg>
    <p class="small"><b>${name}</b><br><span class="muted">${t(/GLU|gated/.test(name) ? 'activation.gated' : 'activation.plain')}</span></p></div>`;
}
