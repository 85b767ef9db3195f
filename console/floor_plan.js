// Where each tile of the floor stands: pure, so that ten thousand doors are a matter of arithmetic.
import { buildingOf, floorOf } from './door.js';

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });
const before = (a, b) => {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  return collator.compare(String(a), String(b));
};

// A collator is slow for ten thousand names each second: their order is worked out when a name is new.
let order = new Map();
function orderAll(doors) {
  if (doors.every((door) => order.has(door.id))) return;
  const names = [...new Set([...order.keys(), ...doors.map((door) => door.id)])].sort(collator.compare);
  order = new Map(names.map((name, at) => [name, at]));
}
const orderOf = (id) => order.get(id);

export function matches(door, filter) {
  if (filter.state && !door.states.includes(filter.state)) return false;
  if (filter.place && keyOf(door) !== filter.place) return false;
  if (!filter.text) return true;
  const text = filter.text.toLowerCase();
  return door.id.toLowerCase().includes(text) || placeName(buildingOf(door), floorOf(door)).toLowerCase().includes(text);
}

export const placeKey = (door) => JSON.stringify([buildingOf(door), floorOf(door)]);
export const keyOf = (door) => door.place ?? placeKey(door);  // the fleet has worked it out once

const cut = (text) => (text.length <= 60 ? text : `${text.slice(0, 60)}…`);

// The text "43" is not the number 43, for the query language neither: who has both sees why there are two.
export function partName(part) {
  const text = cut(String(part));
  return typeof part === 'string' && part.trim() !== '' && !Number.isNaN(Number(part)) ? `“${text}”` : text;
}

export function placeName(building, floor) {
  if (building === null && floor === null) return 'No building given';
  return `${building === null ? 'No building' : `Building ${partName(building)}`} · ${floor === null ? 'no floor' : `floor ${partName(floor)}`}`;
}

// The place of a key; null if the text is none (an address that somebody typed).
export function placeOf(key) {
  try {
    const place = JSON.parse(key);
    return Array.isArray(place) && place.length === 2 ? place : null;
  } catch { return null; }
}

// [{key, building, floor, name, doors, counts}], in the order in which they are shown.
export function group(doors) {
  orderAll(doors);
  const groups = new Map();
  for (const door of doors) {
    const key = keyOf(door);
    let found = groups.get(key);
    if (!found) {
      const building = buildingOf(door);
      const floor = floorOf(door);
      found = { key, building, floor, name: placeName(building, floor), doors: [] };
      groups.set(key, found);
    }
    found.doors.push(door);
  }
  const sorted = [...groups.values()].sort((a, b) => before(a.building, b.building) || before(a.floor, b.floor));
  for (const each of sorted) {
    each.doors.sort((a, b) => orderOf(a.id) - orderOf(b.id));
    each.counts = count(each.doors);
  }
  return sorted;
}

export function count(doors) {
  const counts = {};
  for (const door of doors) for (const state of door.states ?? []) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

// Pixel positions for a width: {height, columns, groups: [{…group, top, height, gridTop}]}.
export function arrange(groups, width, { tileWidth, tileHeight, gap, heading }) {
  const columns = Math.max(1, Math.floor((width + gap) / (tileWidth + gap)));
  let top = 0;
  const placed = groups.map((each) => {
    const rows = Math.ceil(each.doors.length / columns);
    const height = heading + rows * (tileHeight + gap) + gap;
    const result = { ...each, top, height, gridTop: heading };
    top += height;
    return result;
  });
  return { height: top, columns, column: (width + gap) / columns, groups: placed };
}

// Which tiles of a group lie between two heights of the whole floor: [first, behind the last].
export function visible(placed, columns, from, to, { tileHeight, gap }) {
  const row = tileHeight + gap;
  const first = Math.max(0, Math.floor((from - placed.top - placed.gridTop) / row));
  const last = Math.min(Math.ceil(placed.doors.length / columns), Math.ceil((to - placed.top - placed.gridTop) / row));
  return [Math.min(first * columns, placed.doors.length), Math.max(0, Math.min(last * columns, placed.doors.length))];
}
