// A plot over time, with uPlot, in the page's colours.
import { script, style } from '../load.js';

/** @returns {show(data), close()} */
export async function plot(element, names, format, whole = false) {
  const [uPlot] = await Promise.all([script('/lib/uplot/uPlot.iife.min.js', 'uPlot'), style('/lib/uplot/uPlot.min.css')]);
  let chart = null;
  let last = null;
  const colour = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const make = data => {
    chart?.destroy();
    const colours = [colour('--accent'), colour('--code-name')];
    const axis = { stroke: colour('--muted'), grid: { stroke: colour('--line'), width: 1 }, ticks: { stroke: colour('--line') } };
    chart = new uPlot({
      width: element.clientWidth || 300, height: 180, legend: { live: true },
      series: [{}, ...names.map((label, i) => ({ label, stroke: colours[i], width: 2, fill: i === 0 ? colours[0] + '22' : undefined, value: (_, v) => v === null || v === undefined ? '–' : format(v) }))],
      axes: [axis, { ...axis, size: 64, values: (_, ticks) => ticks.map(format), incrs: whole ? [1, 2, 5, 10, 20, 50, 100] : undefined }],
      scales: { y: { range: (_, min, max) => [0, Math.max(1, max * 1.1)] } },
    }, data, element);
  };
  const resized = new ResizeObserver(() => chart?.setSize({ width: element.clientWidth, height: 180 }));
  resized.observe(element);
  const themed = () => { if (last) make(last); };
  addEventListener('dalang-theme', themed);
  return {
    show(data) {
      last = data;
      if (chart) chart.setData(data);
      else make(data);
    },
    close() {
      removeEventListener('dalang-theme', themed);
      resized.disconnect();
      chart?.destroy();
    },
  };
}
