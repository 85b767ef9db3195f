// Times as people read them: how long ago, the viewer's own zone, and UTC beside it.

const two = (number) => String(number).padStart(2, '0');

// "now", "12 s", "5 min", "3 h", "4 d"
export function age(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 5) return 'now';
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86400)} d`;
}

// "1 h 05 min", "40 s": how long something takes.
export function span(seconds) {
  if (!Number.isFinite(seconds)) return 'unknown';
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
}

// "30s", "1h30m", or a number of seconds: what a door takes for a duration.
export const isDuration = (text) => text !== '' && /^(\d+(\.\d+)?|(\d+h)?(\d+m)?(\d+s)?(\d+ms)?)$/.test(text);
export const noDuration = (text) => `“${text}” is no duration; write 30s, 10m or 1h30m`;

// Milliseconds since 1970, or null for what never happened ("0001-01-01T00:00:00Z") or is no date.
export function when(text) {
  if (typeof text !== 'string' || text.startsWith('0001-')) return null;
  const time = Date.parse(text);
  return Number.isNaN(time) ? null : time;
}

export const utc = (time) => {
  const text = new Date(time).toISOString();
  return `${text.slice(0, 10)} ${text.slice(11, 19)} UTC`;
};

// "2026-11-20 18:04:05" where the viewer is.
export function local(time) {
  const date = new Date(time);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ` +
    `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

export function clockTime(time) {
  const date = new Date(time);
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

export function zone() {
  return Intl.DateTimeFormat().resolvedOptions().timeZone ?? 'local time';
}

export const both = (time) => (zone() === 'UTC' ? utc(time) : `${local(time)} ${zone()} · ${utc(time)}`);

// What an <input type="datetime-local"> holds, of a moment; and back.
export const toInput = (time) => local(time).replace(' ', 'T').slice(0, 16);
export function fromInput(text) {
  const time = new Date(text).getTime();
  return Number.isNaN(time) ? null : time;
}
