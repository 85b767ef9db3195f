// One door on the floor.
import { beside, factTime, lockOf, states } from './door.js';
import { h } from './dom.js';
import { icon } from './icons.js';
import { age } from './time.js';

const href = (id) => `#/door/${encodeURIComponent(id)}`;

export function makeTile() {
  const link = h('a', { class: 'tile' });
  const head = h('span', { class: 'tile-head' });
  const name = h('span', { class: 'tile-name' });
  const facts = h('span', { class: 'tile-facts' });
  const since = h('span', { class: 'tile-age' });
  link.append(head, name, facts, since);
  return { item: h('li', { class: 'tile-place' }, link), link, head, name, facts, since, shown: '' };
}

export function ageText(door, now) {
  const time = factTime(door);
  if (time === null) return 'never heard of';
  const text = age(now - time);
  if (text === 'now') return door.connected ? 'just now' : 'last heard just now';
  return door.connected ? `since ${text}` : `last heard ${text} ago`;
}

export function drawTile(tile, door, now, stale) {
  const head = door.states[0];
  const look = `${door.id} ${door.states} ${beside(door)} ${stale}`;
  if (tile.shown !== look) {
    tile.shown = look;
    tile.link.href = href(door.id);
    tile.link.dataset.state = head;
    tile.link.dataset.id = door.id;
    tile.link.dataset.lock = lockOf(door);
    tile.link.classList.toggle('away', !door.connected);
    tile.head.replaceChildren(icon(head), h('b', null, states[head]),
      ...door.states.slice(1).filter((state) => state === 'offline').map(() => h('span', { class: 'chip' }, 'Offline')));
    tile.name.textContent = door.id;
    tile.name.title = door.id;
    tile.facts.textContent = beside(door);
  }
  const text = stale ? 'not followed now' : ageText(door, now);
  if (tile.since.textContent !== text) tile.since.textContent = text;
}
