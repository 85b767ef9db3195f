// What is known of one door, and what of it comes first.
import { when } from './time.js';

// The most serious first; each has a word and, in icons.js, a shape.
export const states = {
  fire: 'Fire',
  forced: 'Forced',
  jammed: 'Jammed',
  tamper: 'Tampered',
  ajar: 'Ajar',
  offline: 'Offline',
  moving: 'Moving',
  unlocked: 'Unlocked',
  locked: 'Locked',
  unknown: 'Unknown',
};
export const alarms = ['fire', 'forced', 'jammed', 'tamper', 'ajar'];

// The query that gives rows for doorFromRow(): what a floor shows, and no more.
export const doorQuery = 'SELECT deviceId, connectionState, lastActivityTime, tags.building AS tagBuilding, ' +
  'tags.floor AS tagFloor, properties.reported.building AS building, properties.reported.floor AS floor, ' +
  'properties.reported.lock AS lock, properties.reported.door AS door, properties.reported.fire AS fire, ' +
  'properties.reported.tamper AS tamper, properties.reported.$metadata.lock.$lastUpdated AS lockAt, ' +
  'properties.reported.$metadata.door.$lastUpdated AS doorAt FROM devices';

export function doorFromRow(row) {
  return {
    id: row.deviceId,
    connected: row.connectionState === 'Connected',
    seen: when(row.lastActivityTime),
    at: Math.max(when(row.lockAt) ?? 0, when(row.doorAt) ?? 0) || null,
    tags: { building: row.tagBuilding, floor: row.tagFloor },
    reported: { building: row.building, floor: row.floor, lock: row.lock, door: row.door, fire: row.fire, tamper: row.tamper },
  };
}

export function doorFromTwin(twin) {
  const reported = twin.properties?.reported ?? {};
  const updated = (name) => reported.$metadata?.[name]?.$lastUpdated;
  return doorFromRow({
    deviceId: twin.deviceId, connectionState: twin.connectionState, lastActivityTime: twin.lastActivityTime,
    tagBuilding: twin.tags?.building, tagFloor: twin.tags?.floor, building: reported.building, floor: reported.floor,
    lock: reported.lock, door: reported.door, fire: reported.fire, tamper: reported.tamper,
    lockAt: updated('lock'), doorAt: updated('door'),
  });
}

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

// RFC 7396, as twins are patched.
export function merge(target, patch) {
  if (!isObject(patch)) return patch;
  const result = isObject(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (name === '__proto__') continue;
    if (value === null) delete result[name];
    else result[name] = merge(result[name], value);
  }
  return result;
}

const told = ['lock', 'door', 'fire', 'tamper'];

// The door after an event of the stream; the same object if the event says nothing of what is kept.
export function afterEvent(door, { kind, data }) {
  if (data.moduleId) return door;
  const time = when(data.time ?? data.enqueuedTime) ?? door.seen;
  if (kind === 'connection') {
    return { ...door, connected: data.connectionState === 'Connected', seen: time };
  }
  if (kind !== 'twin') return door;
  const next = { ...door, seen: time };
  const tags = data.tags;
  if (tags) {
    const from = data.operation === 'replace' ? {} : door.tags;
    next.tags = { building: merge(from, tags).building, floor: merge(from, tags).floor };
  }
  const reported = data.properties?.reported;
  if (reported) {
    next.reported = { ...door.reported };
    for (const name of Object.keys(door.reported)) {
      if (name in reported) next.reported[name] = reported[name] === null ? undefined : merge(door.reported[name], reported[name]);
    }
    if (told.some((name) => name in reported)) next.at = time;
  }
  return next;
}

// A property that doorlockd acknowledges ({"value":43,"ac":200,…}), or one that is plain.
const plain = (value) => (isObject(value) ? value.value : value);
const given = (...values) => values.map(plain).find((value) => ['string', 'number', 'boolean'].includes(typeof value) && value !== '');

export const buildingOf = (door) => given(door.reported.building, door.tags.building) ?? null;
export const floorOf = (door) => given(door.reported.floor, door.tags.floor) ?? null;
// What a device reports may be anything; a state is a word that is known here.
const word = (value, known) => (typeof value === 'string' && known.has(value) ? value : 'unknown');
const bolts = new Set(['locked', 'locking', 'unlocked', 'unlocking', 'jammed', 'unknown']);
const leaves = new Map([['open', 'door open'], ['closed', 'door closed'], ['ajar', 'door ajar'], ['forced', 'door forced'], ['unknown', '']]);

export const lockOf = (door) => word(isObject(door.reported.lock) ? door.reported.lock.state : door.reported.lock, bolts);
export const leafOf = (door) => word(door.reported.door, leaves);
export const holdOf = (door) => (isObject(door.reported.lock) ? door.reported.lock.hold : null) ?? null;

// Everything of `states` that is true of the door now, the most serious first; never empty.
export function statesOf(door) {
  const { fire, tamper } = door.reported;
  const lock = lockOf(door);
  const leaf = leafOf(door);
  const is = {
    fire: fire === 'alarm' || fire === 'latched',
    forced: leaf === 'forced',
    jammed: lock === 'jammed',
    tamper: tamper === 'alarm',
    ajar: leaf === 'ajar',
    offline: !door.connected,
    moving: lock === 'locking' || lock === 'unlocking',
    unlocked: lock === 'unlocked',
    locked: lock === 'locked',
  };
  const found = Object.keys(states).filter((state) => is[state]);
  return found.length > 0 && found.some((state) => state !== 'offline') ? found : [...found, 'unknown'];
}

// "Locked, door closed": the words beside the headline.
export function describe(door) {
  const lock = lockOf(door);
  const words = [lock === 'unknown' ? 'lock unknown' : lock, leaves.get(leafOf(door))];
  if (door.reported.fire === 'latched') words.push('fire alarm not reset');
  return words.filter(Boolean).join(', ');
}

// What the headline of a tile leaves unsaid.
export function beside(door) {
  if (!door.connected) return lockOf(door) === 'unknown' ? 'nothing is known of it' : `was ${describe(door)}`;
  const same = statesOf(door)[0] === lockOf(door);
  return (same && leaves.get(leafOf(door))) || describe(door);
}

// What the age is counted from: of a connected door since when its state holds, of another since when nobody knows better.
export const factTime = (door) => (door.connected ? door.at ?? door.seen : door.seen ?? door.at);
