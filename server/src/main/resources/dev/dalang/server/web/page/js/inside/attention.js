// Attention as a picture: a row for each token that looks, a column for each that is looked at.
const MARGIN = 92;
const TOP = 84;

function cell(n) {
  return Math.max(6, Math.min(24, Math.floor(620 / n)));
}

export function drawAttention(canvas, rows, names, at) {
  const n = rows.length;
  const size = cell(n);
  const scale = devicePixelRatio || 1;
  const width = MARGIN + n * size + 8;
  const height = TOP + n * size + 8;
  canvas.width = width * scale;
  canvas.height = height * scale;
  canvas.style.width = width + 'px';
  canvas.style.height = height + 'px';
  const style = getComputedStyle(document.documentElement);
  const ink = style.getPropertyValue('--ink').trim();
  const accent = style.getPropertyValue('--accent').trim();
  const line = style.getPropertyValue('--line').trim();
  const g = canvas.getContext('2d');
  g.scale(scale, scale);
  g.clearRect(0, 0, width, height);
  rows.forEach((row, y) => row.forEach((w, x) => {
    g.fillStyle = line;
    g.globalAlpha = 0.35;
    g.fillRect(MARGIN + x * size, TOP + y * size, size - 1, size - 1);
    g.fillStyle = accent;
    // The root makes small weights visible.
    g.globalAlpha = Math.sqrt(w);
    g.fillRect(MARGIN + x * size, TOP + y * size, size - 1, size - 1);
  }));
  g.globalAlpha = 1;
  if (rows[at]) {
    g.strokeStyle = ink;
    g.strokeRect(MARGIN - 0.5, TOP + at * size - 0.5, rows[at].length * size, size);
  }
  if (size < 9) return;
  g.fillStyle = ink;
  g.font = `${Math.min(12, size - 1)}px ${style.getPropertyValue('--mono')}`;
  g.textBaseline = 'middle';
  names.forEach((name, i) => {
    const short = name.length > 11 ? name.slice(0, 10) + '…' : name;
    g.textAlign = 'right';
    g.fillText(short, MARGIN - 6, TOP + i * size + size / 2);
    g.save();
    g.translate(MARGIN + i * size + size / 2, TOP - 6);
    g.rotate(-Math.PI / 2);
    g.textAlign = 'left';
    g.fillText(short, 0, 0);
    g.restore();
  });
}

/** The weight under the pointer, or null. */
export function cellAt(event, rows) {
  const size = cell(rows.length);
  const to = Math.floor((event.offsetX - MARGIN) / size);
  const from = Math.floor((event.offsetY - TOP) / size);
  const weight = rows[from]?.[to];
  return weight === undefined ? null : { from, to, weight };
}
