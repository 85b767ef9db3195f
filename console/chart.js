// A line over the last hour: quiet, with its numbers in words beside it.
import { h, say, svg } from './dom.js';

const [width, height] = [320, 72];
const [hour, least] = [3_600_000, 300_000];

// What a line spans: five minutes at first, an hour at the most.
export const windowOf = (points, now) => Math.min(hour, Math.max(least, points.length ? now - points[0].time : 0));

export const short = (value) => {
  if (value === null || value === undefined) return '–';
  if (value >= 100) return String(Math.round(value));
  return value >= 10 ? value.toFixed(1) : value.toFixed(value === 0 ? 0 : 2);
};

// The path of one series, with now on the right; gaps where nothing is known.
export function pathOf(points, name, now, top, span) {
  let path = '';
  let pen = false;
  let previous = null;
  for (const point of points) {
    const value = point[name];
    if (value === null || value === undefined || (previous !== null && point.time - previous > 20_000)) pen = false;
    if (value !== null && value !== undefined) {
      const x = width - ((now - point.time) / span) * width;
      const y = height - 3 - (value / (top * 1.2 || 1)) * (height - 8);
      path += `${pen ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}`;
      pen = true;
    }
    previous = point.time;
  }
  return path;
}

export function makeChart(title, name, unit) {
  const line = svg('path', { class: 'chart-line' });
  const value = h('b');
  const range = h('small');
  const drawing = svg('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', preserveAspectRatio: 'none', class: 'chart' },
    svg('path', { class: 'chart-ground', d: `M0 ${height - 3}H${width}M${width / 4} 0V${height}M${width / 2} 0V${height}M${(3 * width) / 4} 0V${height}` }), line);
  const element = h('figure', { class: 'card figure' }, h('figcaption', null, h('span', null, title), value), drawing, range);
  return {
    element,
    draw(points, now) {
      const values = points.map((point) => point[name]).filter((each) => each !== null && each !== undefined);
      const most = Math.max(...values, 0);
      const fewest = values.length ? Math.min(...values) : 0;
      line.setAttribute('d', pathOf(points, name, now, most, windowOf(points, now)));
      const last = points.at(-1)?.[name];
      say(value, ` ${short(last)}${last === null || last === undefined ? '' : ` ${unit}`}`);
      const minutes = points.length ? Math.max(1, Math.round((now - points[0].time) / 60_000)) : 0;
      say(range, values.length ? `between ${short(fewest)} and ${short(most)} ${unit} in ${minutes >= 59 ? 'the last hour' : `${minutes} min`}` : 'nothing known yet');
      drawing.setAttribute('aria-label', `${title}: now ${short(last)} ${unit}, ${range.textContent}`);
    },
  };
}
