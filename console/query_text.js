// The query language: texts for it, and what it says of mistakes.

export const quote = (text) => `'${String(text).replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

// A constant as it is written in a condition.
const constant = (value) => (typeof value === 'string' ? quote(value) : String(value));

// Every device of a place: acknowledged as desired, reported plainly, or tagged.
export function placeCondition(building, floor) {
  const part = (name, value) => `(properties.reported.${name}.value = ${constant(value)} OR properties.reported.${name} = ${constant(value)} OR (NOT IS_DEFINED(properties.reported.${name}.value) AND tags.${name} = ${constant(value)}))`;
  const parts = [];
  if (building !== null) parts.push(part('building', building));
  if (floor !== null) parts.push(part('floor', floor));
  return parts.length ? parts.join(' AND ') : '*';
}

// [building, floor] that placeCondition() wrote this condition for; null if it is another.
export function placeOfCondition(condition) {
  const part = (name) => {
    const found = new RegExp(`^\\(properties\\.reported\\.${name}\\.value = (.*?) OR properties\\.reported\\.${name} = `).exec(condition.slice(Math.max(0, condition.indexOf(`(properties.reported.${name}.value`))));
    if (!found) return null;
    return found[1].startsWith("'") ? found[1].slice(1, -1).replace(/\\(.)/g, '$1') : JSON.parse(found[1]);
  };
  try {
    const place = [part('building'), part('floor')];
    return condition !== '*' && placeCondition(...place) === condition ? place : null;
  } catch { return null; }
}

// The condition begins a line of its own, so that a mistake in it has a place in it.
export const whereOf = (condition) => (condition.trim() === '*' ? '' : ` WHERE\n${condition}\n`);
export const alsoOf = (condition, more) => (condition.trim() === '*' ? ` WHERE ${more}` : ` WHERE (\n${condition}\n) AND ${more}`);
export const ofCondition = (message) => message.replace(/line (\d+), column/, (_, line) => `line ${Math.max(1, line - 1)}, column`);

// "line 1, column 9: what\n  text\n        ^" -> {line, column, what}; null if the message names no place.
export function mistakeOf(message) {
  const found = /line (\d+), column (\d+): ([^\n]*)/.exec(message);
  return found ? { line: Number(found[1]), column: Number(found[2]), what: found[3] } : null;
}

// Where that is in a text: an offset, in UTF-16 units as a textarea counts; columns are characters.
export function offsetOf(text, { line, column }) {
  const lines = text.split('\n');
  let at = 0;
  for (let i = 0; i < line - 1 && i < lines.length; ++i) at += lines[i].length + 1;
  const characters = [...(lines[line - 1] ?? '')];
  return at + characters.slice(0, column - 1).join('').length;
}
