// Numbers and times for people.
import { t } from './strings.js';

const whole = new Intl.NumberFormat('en');
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

export const count = n => whole.format(n);
export const compact = n => short.format(n);

export function bytes(n) {
  if (n === null || n === undefined) return t('unknown');
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let i = 0;
  while (n >= 1000 && i < units.length - 1) { n /= 1000; i++; }
  return `${n >= 100 || i === 0 ? Math.round(n) : n.toFixed(1)} ${units[i]}`;
}

export function duration(ms) {
  if (ms < 1000) return t('time.ms', Math.round(ms));
  if (ms < 60_000) return t('time.s', (ms / 1000).toFixed(ms < 10_000 ? 1 : 0));
  if (ms < 3_600_000) return t('time.min', Math.floor(ms / 60_000), Math.round(ms % 60_000 / 1000));
  return t('time.h', Math.floor(ms / 3_600_000), Math.round(ms % 3_600_000 / 60_000));
}

export function when(time) {
  const date = new Date(time);
  const today = new Date();
  const sameDay = date.toDateString() === today.toDateString();
  return sameDay ? date.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' }) : date.toLocaleDateString([], { day: 'numeric', month: 'short', year: date.getFullYear() === today.getFullYear() ? undefined : 'numeric' });
}

/** today, week, month or older */
export function age(time) {
  const days = (Date.now() - new Date(time).getTime()) / 86_400_000;
  if (new Date(time).toDateString() === new Date().toDateString()) return 'today';
  return days < 7 ? 'week' : days < 31 ? 'month' : 'older';
}

export const percent = x => (x >= 0.1 ? (x * 100).toFixed(0) : x >= 0.001 ? (x * 100).toFixed(1) : x > 0 ? '<0.1' : '0') + ' %';
