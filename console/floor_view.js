// The floor: every door as a tile, grouped by building and floor, live. Only what is seen is drawn.
import { alarms, states } from './door.js';
import { h, replace, say } from './dom.js';
import { arrange, count, group, keyOf, matches, placeName, placeOf, visible } from './floor_plan.js';
import { icon } from './icons.js';
import { drawTile, makeTile } from './tile.js';

const sizes = { tileWidth: 184, tileHeight: 108, gap: 10, heading: 44 };
const regroup = 1000;  // ms between two arrangements, so that tiles do not dance

export class FloorView {
  title = 'Floor';
  #filter = { state: '', place: '', text: '' };
  #groups = [];
  #plan = { height: 0, columns: 1, column: 1, groups: [] };
  #drawn = new Map();   // group key -> {section, tiles: Map(id -> tile)}
  #spare = [];
  #counters = new Map();  // state, or '' for all -> {button, number}
  #focus = null;        // the door whose tile is in the tab order
  #arranged = 0;
  #later = null;
  #frame = null;        // a drawing that a scroll has asked for

  constructor(app, parameters) {
    this.app = app;
    const [state, place] = [parameters.get('state') ?? '', parameters.get('place') ?? ''];
    this.#filter = { state: Object.hasOwn(states, state) ? state : '', place: placeOf(place) ? place : '', text: parameters.get('q') ?? '' };
    this.#build();
    this.#onChange = ({ detail }) => this.#changed(detail);
    app.fleet.addEventListener('change', this.#onChange);
    this.#clock = setInterval(() => this.#draw(), 5000);
    this.#onScroll = () => {
      this.#frame ??= requestAnimationFrame(() => {
        this.#frame = null;
        this.#draw();
      });
    };
    addEventListener('scroll', this.#onScroll, { passive: true });
    this.#observer = new ResizeObserver(() => { this.#arrange(); });
    this.#observer.observe(this.canvas);
    this.#arrange();
  }

  #onChange; #clock; #onScroll; #observer;

  close() {
    this.app.fleet.removeEventListener('change', this.#onChange);
    clearInterval(this.#clock);
    clearTimeout(this.#later);
    cancelAnimationFrame(this.#frame);
    removeEventListener('scroll', this.#onScroll);
    this.#observer.disconnect();
  }

  #build() {
    this.search = h('input', {
      type: 'search', placeholder: 'Door or place', value: this.#filter.text, autocomplete: 'off', spellcheck: 'false',
      'aria-label': 'Show doors whose name or place contains', oninput: () => this.#set({ text: this.search.value.trim() }),
    });
    this.places = h('select', { 'aria-label': 'Building and floor', onchange: () => this.#set({ place: this.places.value }) });
    this.counts = h('div', { class: 'counts', role: 'group', 'aria-label': 'Show doors by state' }, this.#countButtons());
    this.sum = h('p', { class: 'sum' });
    this.canvas = h('div', { class: 'floor', onkeydown: (event) => this.#move(event), onfocusin: (event) => this.#focused(event) });
    this.element = h('div', { class: 'view' },
      h('h1', { class: 'unseen' }, 'Floor'),
      h('div', { class: 'bar' }, this.counts, h('div', { class: 'bar-fields' }, this.places, this.search)),
      this.sum, this.canvas);
  }

  // One for all and one for each state. They stay the same buttons while their numbers change: somebody may be pressing one.
  #countButtons() {
    return [['', 'All'], ...Object.entries(states)].map(([name, text]) => {
      const number = h('b', null, '0');
      const button = h('button', {
        type: 'button', class: 'count', 'data-state': name, 'aria-pressed': 'false',
        onclick: () => this.#set({ state: this.#filter.state === name ? '' : name }),
      }, name ? icon(name) : null, number, h('span', null, text));
      this.#counters.set(name, { button, number });
      return button;
    });
  }

  #set(change) {
    Object.assign(this.#filter, change);
    const query = new URLSearchParams();
    if (this.#filter.state) query.set('state', this.#filter.state);
    if (this.#filter.place) query.set('place', this.#filter.place);
    if (this.#filter.text) query.set('q', this.#filter.text);
    history.replaceState(null, '', `#/floor${query.size ? `?${query}` : ''}`);
    this.#arrange();
    this.app.announce(this.sum.textContent);
  }

  #changed(ids) {
    // Doors that only changed their looks are drawn where they stand; the arrangement follows once a second.
    const due = this.#arranged + regroup - performance.now();
    if (due <= 0 || this.#groups.length === 0) return this.#arrange();
    this.#draw(ids);
    this.#later ??= setTimeout(() => this.#arrange(), due);
  }

  #arrange() {
    clearTimeout(this.#later);
    this.#later = null;
    const all = [...this.app.fleet.doors.values()];
    const shown = all.filter((door) => matches(door, this.#filter));
    this.#groups = group(shown);
    this.#plan = arrange(this.#groups, this.canvas.clientWidth || 800, sizes);
    this.canvas.style.height = `${this.#plan.height}px`;
    this.#countUp(all, shown);
    this.#draw();
    this.#arranged = performance.now();
  }

  #countUp(all, shown) {
    const { fleet } = this.app;
    const counts = count(all);
    const always = ['', 'locked', 'unlocked', 'offline'];
    for (const [name, { button, number }] of this.#counters) {
      const many = name ? counts[name] ?? 0 : all.length;
      say(number, String(many));
      button.hidden = many === 0 && !always.includes(name) && name !== this.#filter.state;
      button.classList.toggle('count-alarm', alarms.includes(name) && many > 0);
      button.setAttribute('aria-pressed', String(this.#filter.state === name));
    }
    // Sorting ten thousand is for when there is a new place, not for each second.
    const places = JSON.stringify([[...new Set(all.map(keyOf))].sort(), this.#filter.place]);
    if (this.places.dataset.look !== places) {
      this.places.dataset.look = places;
      const every = group(all);
      if (this.#filter.place && !every.some((each) => each.key === this.#filter.place)) {
        every.push({ key: this.#filter.place, name: placeName(...placeOf(this.#filter.place)) });
      }
      replace(this.places, h('option', { value: '' }, 'All buildings'), every.map((each) => h('option', { value: each.key }, each.name)));
      this.places.value = this.#filter.place;
    }
    let text = shown.length === all.length ? `${all.length} doors` : `${shown.length} of ${all.length} doors`;
    if (all.length === 1) text = shown.length === 1 ? '1 door' : 'none of 1 door';
    if (fleet.loading !== null && !fleet.loaded) text = `Reading the doors: ${fleet.loading} so far`;
    else if (fleet.problem) text += `; they could not be read anew: ${fleet.problem}`;
    else if (all.length === 0 && fleet.loaded) text = 'No door is registered yet. "lockctl device add door-1" registers one.';
    else if (shown.length === 0 && fleet.loaded) text = 'No door is like that now.';
    say(this.sum, text);
  }

  // `only`: ids whose tiles changed; without it everything that is seen.
  #draw(only) {
    const box = this.canvas.getBoundingClientRect();
    const from = -box.top - 300;
    const to = -box.top + innerHeight + 300;
    const now = this.app.session.now();
    const stale = this.app.feed.state === 'cut';
    const keep = new Set();
    for (const placed of this.#plan.groups) {
      if (placed.top + placed.height < from || placed.top > to) continue;
      keep.add(placed.key);
      this.#drawGroup(placed, from, to, now, stale, only);
    }
    for (const [key, drawn] of this.#drawn) {
      if (keep.has(key)) continue;
      this.#spare.push(...drawn.tiles.values());
      drawn.section.remove();
      this.#drawn.delete(key);
    }
    if (this.#spare.length > 400) this.#spare.length = 400;
  }

  #section(placed) {
    const id = `place-${this.#drawn.size}-${Math.random().toString(36).slice(2, 8)}`;
    const title = h('h2', { id });
    const list = h('ul', { class: 'tiles', 'aria-labelledby': id });
    const section = h('section', { class: 'place', 'aria-labelledby': id }, title, list);
    const drawn = { section, title, list, tiles: new Map() };
    this.#drawn.set(placed.key, drawn);
    const next = [...this.canvas.children].find((other) => Number(other.dataset.top) > placed.top);
    section.dataset.top = placed.top;
    this.canvas.insertBefore(section, next ?? null);
    return drawn;
  }

  #drawGroup(placed, from, to, now, stale, only) {
    const drawn = this.#drawn.get(placed.key) ?? this.#section(placed);
    drawn.section.dataset.top = placed.top;
    drawn.section.style.transform = `translateY(${placed.top}px)`;
    drawn.list.style.height = `${placed.height - placed.gridTop}px`;
    const { counts } = placed;
    const worst = alarms.filter((state) => counts[state]).map((state) => `${counts[state]} ${states[state].toLowerCase()}`);
    if (counts.offline) worst.push(`${counts.offline} offline`);
    const heading = `${placed.name}|${placed.doors.length}|${worst}`;
    if (drawn.title.dataset.look !== heading) {
      drawn.title.dataset.look = heading;
      replace(drawn.title, h('span', { title: placed.name }, placed.name), h('small', null, ` ${placed.doors.length} ${placed.doors.length === 1 ? 'door' : 'doors'}${worst.length ? `: ${worst.join(', ')}` : ''}`));
    }
    const [first, end] = visible(placed, this.#plan.columns, from, to, sizes);
    const wanted = new Set();
    let previous = null;
    for (let i = first; i < end; ++i) {
      const door = this.app.fleet.doors.get(placed.doors[i].id) ?? placed.doors[i];
      wanted.add(door.id);
      let tile = drawn.tiles.get(door.id);
      const isNew = !tile;
      if (isNew) {
        tile = this.#spare.pop() ?? makeTile();
        drawn.tiles.set(door.id, tile);
      }
      if (isNew || tile.index !== i || tile.columns !== this.#plan.columns || tile.width !== this.#plan.column || tile.of !== placed.doors.length) {
        tile.index = i;
        tile.columns = this.#plan.columns;
        tile.width = this.#plan.column;
        tile.of = placed.doors.length;
        const x = (i % this.#plan.columns) * this.#plan.column;
        const y = Math.floor(i / this.#plan.columns) * (sizes.tileHeight + sizes.gap);
        tile.item.style.transform = `translate(${x}px, ${y}px)`;
        tile.item.style.width = `${this.#plan.column - sizes.gap}px`;
        tile.item.setAttribute('aria-setsize', String(placed.doors.length));
        tile.item.setAttribute('aria-posinset', String(i + 1));
      }
      // In the order of the eye, for those who read by ear or by Tab.
      const place = previous ? previous.nextSibling : drawn.list.firstChild;
      if (tile.item.parentNode !== drawn.list || (isNew && place !== tile.item)) drawn.list.insertBefore(tile.item, place);
      previous = tile.item;
      if (isNew || !only || only.has(door.id)) drawTile(tile, door, now, stale);
      if (this.#focus === null) this.#focus = door.id;
      tile.link.tabIndex = door.id === this.#focus ? 0 : -1;
    }
    for (const [id, tile] of drawn.tiles) {
      if (wanted.has(id)) continue;
      if (tile.link === document.activeElement && placed.doors.some((door) => door.id === id)) continue;
      tile.item.remove();
      drawn.tiles.delete(id);
      this.#spare.push(tile);
    }
    // One tile at least can be reached by Tab.
    if (!this.canvas.querySelector('a[tabindex="0"]')) {
      const any = this.canvas.querySelector('a');
      if (any) any.tabIndex = 0;
    }
  }

  redraw() { this.#draw(); }

  #focused(event) {
    const id = event.target.closest('a')?.dataset.id;
    if (!id || id === this.#focus) return;
    for (const link of this.canvas.querySelectorAll('a[tabindex="0"]')) link.tabIndex = -1;
    this.#focus = id;
    event.target.closest('a').tabIndex = 0;
  }

  // Arrows go from tile to tile, Home and End to the first and the last of all.
  #move(event) {
    const id = event.target.closest('a')?.dataset.id;
    if (!id) return;
    let at = -1;
    const groupAt = this.#plan.groups.findIndex((each) => (at = each.doors.findIndex((door) => door.id === id)) >= 0);
    if (groupAt < 0) return;
    const { columns, groups } = this.#plan;
    let [g, i] = [groupAt, at];
    const own = groups[g].doors.length;
    switch (event.key) {
      case 'ArrowRight': i += 1; break;
      case 'ArrowLeft': i -= 1; break;
      case 'ArrowDown': i = i + columns < own ? i + columns : Math.floor(i / columns) < Math.floor((own - 1) / columns) ? own - 1 : own; break;
      case 'ArrowUp': i -= columns; break;
      case 'Home': [g, i] = [0, 0]; break;
      case 'End': g = groups.length - 1; i = groups[g].doors.length - 1; break;
      default: return;
    }
    event.preventDefault();
    if (i < 0) {
      if (g === 0) return;
      g -= 1;
      i = groups[g].doors.length - 1;
    } else if (i >= groups[g].doors.length) {
      if (g === groups.length - 1) return;
      g += 1;
      i = 0;
    }
    this.#show(groups[g], i);
  }

  #show(placed, i) {
    const id = placed.doors[i].id;
    const box = this.canvas.getBoundingClientRect();
    const y = box.top + placed.top + placed.gridTop + Math.floor(i / this.#plan.columns) * (sizes.tileHeight + sizes.gap);
    const top = document.getElementById('header').offsetHeight + sizes.heading;
    if (y < top) scrollBy(0, y - top);
    else if (y + sizes.tileHeight > innerHeight - 20) scrollBy(0, y + sizes.tileHeight - innerHeight + 20);
    this.#focus = id;
    this.#draw();
    this.#drawn.get(placed.key)?.tiles.get(id)?.link.focus({ preventScroll: true });
  }
}
