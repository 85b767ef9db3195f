// All doors, kept true by the event stream; views are told at most four times a second.
import { quote } from './query_text.js';
import { afterEvent, doorFromRow, doorQuery, statesOf } from './door.js';
import { placeKey } from './floor_plan.js';

const between = 250;
const anew = 300_000;  // that a door was removed, no event tells

export class Fleet extends EventTarget {
  doors = new Map();
  loaded = false;   // once whole
  loading = null;   // how many were read, while it is read
  problem = '';
  #api;
  #feed;
  #waiting = null;  // events that come while the doors are read
  #changed = new Set();
  #timer = null;
  #round = 0;
  #unknown = false;

  constructor(api, feed) {
    super();
    this.#api = api;
    this.#feed = feed;
    feed.addEventListener('event', ({ detail }) => this.#hear(detail));
    feed.addEventListener('state', ({ detail }) => { if (detail.state === 'live') this.load(); });
    if (feed.state === 'live') this.load();
    this.#often = setInterval(() => { if (feed.state === 'live' && this.loading === null) this.load(); }, anew);
  }

  #often;

  close() {
    ++this.#round;
    clearTimeout(this.#timer);
    clearInterval(this.#often);
    this.#timer = -1;
  }

  // Reads them all; those that are shown stay until they are read anew.
  async load() {
    const round = ++this.#round;
    const fresh = new Map();
    this.#waiting = [];
    this.loading = 0;
    try {
      await this.#api.each(doorQuery, (rows) => {
        for (const row of rows) {
          const door = doorFromRow(row);
          fresh.set(door.id, door);
          if (!this.loaded) this.#put(door);
        }
        this.loading = fresh.size;
        this.#plan();
        return round === this.#round;
      });
    } catch (error) {
      if (round === this.#round) {
        this.problem = error.message;
        this.#waiting = null;
        this.loading = null;
        this.#plan();
      }
      return;
    }
    if (round !== this.#round) return;
    for (const id of this.doors.keys()) if (!fresh.has(id)) this.#drop(id);
    for (const door of fresh.values()) this.#put(door);
    const late = this.#waiting;
    this.#waiting = null;
    this.loading = null;
    this.loaded = true;
    this.problem = '';
    late.forEach((event) => this.#apply(event));
    this.#plan();
  }

  // One that nobody has told of.
  async #fetch(id) {
    try {
      const { rows } = await this.#api.page(`${doorQuery} WHERE deviceId = ${quote(id)}`);
      if (rows[0]) this.#put(doorFromRow(rows[0]));
      else this.#drop(id);
      this.#plan();
    } catch { /* the next event asks again */ }
  }

  #hear(event) {
    if (event.kind === 'gap') this.load();
    else {
      // While they are read anew, what happens is shown at once, and once more over what was read.
      this.#waiting?.push(event);
      if (!this.#waiting || this.loaded) this.#apply(event);
    }
  }

  #apply(event) {
    const id = event.data.deviceId;
    if (!id || (event.kind !== 'twin' && event.kind !== 'connection')) return;
    const door = this.doors.get(id);
    if (!door) {
      this.#strangers(id);
      return;
    }
    const next = afterEvent(door, event);
    if (next !== door) this.#put(next);
    this.#plan();
  }

  // A new door is asked for by itself; when a fleet arrives, all are read anew instead.
  #news = new Set();
  #strangers(id) {
    this.#news.add(id);
    if (this.#unknown) return;
    this.#unknown = true;
    setTimeout(() => {
      this.#unknown = false;
      const ids = [...this.#news];
      this.#news.clear();
      if (ids.length > 20) this.load();
      else ids.forEach((each) => this.#fetch(each));
    }, 500);
  }

  #put(door) {
    door.states = statesOf(door);
    door.place = placeKey(door);
    this.doors.set(door.id, door);
    this.#changed.add(door.id);
  }

  #drop(id) {
    this.doors.delete(id);
    this.#changed.add(id);
  }

  #plan() {
    if (this.#timer) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      const changed = this.#changed;
      this.#changed = new Set();
      this.dispatchEvent(new CustomEvent('change', { detail: changed }));
    }, between);
  }
}
