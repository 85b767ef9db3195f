// One door: what is true now, what is asked of it, and what happened.
import { describe, doorFromTwin, holdOf, merge, states, statesOf, buildingOf, floorOf, afterEvent } from './door.js';
import { field, h, renew, replace, say } from './dom.js';
import { follow, readLog } from './events.js';
import { placeName } from './floor_plan.js';
import { holdButton } from './hold.js';
import { icon } from './icons.js';
import { quote } from './query_text.js';
import { brief, textOf } from './text.js';
import { ageText } from './tile.js';
import { age, both, isDuration, local, noDuration, utc, when, zone } from './time.js';
import { answerText, compare, entriesOf, entryOfRow, joined } from './timeline.js';

const day = 86_400_000;
const kindWords = { bolt: 'Bolt', door: 'Door', alarm: 'Alarm', link: 'Connection', command: 'Command', twin: 'Setting', other: 'Other' };
const marks = { bolt: 'locked', door: 'ajar', alarm: 'forced', link: 'link', command: 'moving', twin: 'unknown', other: 'unknown' };
const shown = (value) => (value === undefined ? '–' : value === null ? 'null' : brief(textOf(value)));
const backToFloor = () => h('p', null, h('a', { href: '#/floor' }, '← Floor'));

export class DoorView {
  #entries = [];
  #twin = null;
  #door = null;
  #gone = new AbortController();
  #timer;
  #plan = null;

  constructor(app, parameters, [id = '']) {
    this.app = app;
    this.id = id;
    this.title = id;
    this.place = h('p', { class: 'dim place-name' });
    this.state = h('div', null, 'Reading…');
    this.until = h('p');
    this.age = h('p', { class: 'dim' });
    this.offline = h('p', { class: 'dim' }, 'An offline door cannot be commanded now. A job reaches it when it comes back within the job’s time.');
    this.offline.hidden = true;
    this.now = h('section', { class: 'card now', 'aria-labelledby': 'door-name' },
      this.place, h('h1', { id: 'door-name' }, id), this.state, this.until, this.age, this.offline);
    this.answers = h('ol', { class: 'answers', 'aria-live': 'polite', 'aria-label': 'Answers of the door' });
    this.settings = h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Desired beside reported' });
    this.identity = h('section', { class: 'card' });
    this.list = h('ol', { class: 'timeline' });
    this.note = h('p', { class: 'sum', role: 'status' }, 'Reading what happened in the last 24 hours…');
    this.element = h('div', { class: 'view' },
      backToFloor(),
      h('div', { class: 'cards' },
        this.now, this.#commands(),
        h('section', { class: 'card wide' }, h('h2', null, 'Desired beside reported'), this.settings),
        h('section', { class: 'card wide' }, h('h2', null, 'What happened'), this.note, this.list),
        this.identity));
    follow(app.feed, this.#gone.signal, { event: (event) => this.#hear(event), live: () => this.#read() });
    this.#timer = setInterval(() => this.#drawNow(), 1000);
    this.#read();
  }

  close() {
    this.#gone.abort();
    clearInterval(this.#timer);
    clearTimeout(this.#plan);
  }

  redraw() { this.#drawNow(); }

  async #read() {
    const { api, session } = this.app;
    try {
      this.#twin = await api.twin(this.id);
    } catch (error) {
      if (this.#gone.signal.aborted) return;
      if (error.status === 404) {
        replace(this.element, backToFloor(), h('div', { class: 'card' }, h('h1', null, `There is no door “${this.id}”`), h('p', null, error.message)));
      } else {
        if (!this.#door) say(this.state, `It could not be read: ${error.message}.`);
        say(this.note, `Not read: ${error.message}`);
      }
      return;
    }
    this.#door = doorFromTwin(this.#twin);
    this.#drawNow();
    this.#drawSettings();
    this.#readIdentity();
    const entries = [];
    const since = session.now() - day;
    try {
      await Promise.all([
        readLog(api, { device: this.id, since, signal: this.#gone.signal }, (event) => entries.push(...entriesOf(event))),
        api.all(`SELECT * FROM devices.jobs WHERE deviceId = ${quote(this.id)}`, 500, this.#gone.signal)
          .then((rows) => entries.push(...rows.filter((row) => row.status !== 'pending').map(entryOfRow).filter((entry) => entry.time >= since))),
      ]);
    } catch (error) {
      if (!this.#gone.signal.aborted) say(this.note, `What happened could not be read whole: ${error.message}`);
      return;
    }
    this.#entries = joined([...entries, ...this.#entries]);
    this.#drawTimeline();
  }

  async #readIdentity() {
    const { api, session } = this.app;
    if (!session.may('RegistryRead')) {
      replace(this.identity, h('h2', null, 'Identity'), h('p', { class: 'dim' }, `The policy “${session.policy}” may not read the registry (RegistryRead).`));
      return;
    }
    try {
      const identity = await api.identity(this.id);
      const facts = [['Status', identity.status], ['Proves itself by', identity.authentication?.type], ['Model', this.#twin.modelId],
        ['Last heard', when(identity.lastActivityTime) ? both(when(identity.lastActivityTime)) : 'never'],
        ['Firmware', shown(this.#twin.properties?.reported?.firmware?.version ?? this.#twin.properties?.reported?.firmware)]];
      renew(this.identity, h('h2', null, 'Identity'), h('dl', { class: 'facts' }, facts.filter(([, value]) => value && value !== '–').map(([name, value]) => [h('dt', null, name), h('dd', null, value)])));
    } catch { /* the door went between two requests */ }
  }

  #hear(event) {
    if (event.data.deviceId !== this.id || event.data.moduleId) return;
    this.#entries.push(...entriesOf(event));
    if (this.#twin && event.kind === 'twin') {
      const { properties = {}, tags, operation } = event.data;
      if (tags) this.#twin.tags = operation === 'replace' ? tags : merge(this.#twin.tags, tags);
      if (properties.reported) this.#twin.properties.reported = merge(this.#twin.properties.reported, properties.reported);
      if (properties.desired) this.#later(true);
    }
    if (this.#door) this.#door = afterEvent(this.#door, event);
    this.#later();
  }

  // At most four times a second; a desired property is read anew, with its version.
  #stale = false;
  #later(stale = false) {
    this.#stale ||= stale;
    this.#plan ??= setTimeout(async () => {
      this.#plan = null;
      if (this.#stale) {
        this.#stale = false;
        try { this.#twin = await this.app.api.twin(this.id); } catch { /* it is read again after the next event */ }
      }
      this.#entries = joined(this.#entries);
      this.#drawNow();
      this.#drawSettings();
      this.#drawTimeline();
    }, 250);
  }

  #drawNow() {
    const door = this.#door;
    if (!door) return;
    const now = this.app.session.now();
    const cut = this.app.feed.state === 'cut';
    const all = statesOf(door);
    const hold = holdOf(door);
    const until = when(hold?.until);
    const look = JSON.stringify([all, describe(door), buildingOf(door), floorOf(door), cut, door.connected]);
    if (this.now.dataset.look !== look) {
      this.now.dataset.look = look;
      this.now.dataset.state = all[0];
      say(this.place, placeName(buildingOf(door), floorOf(door)));
      renew(this.state,
        h('p', { class: 'now-state' }, icon(all[0]), h('b', null, states[all[0]])),
        all.length > 1 ? h('p', null, all.slice(1).map((state) => h('span', { class: 'chip' }, states[state]))) : null,
        h('p', null, door.connected ? describe(door) : `When it was last heard of: ${describe(door)}.`));
      this.offline.hidden = door.connected;
      this.app.announce(`${this.id}: ${all.map((state) => states[state]).join(', ')}`);
      for (const button of this.buttons) button.disabled = !door.connected || cut;
    }
    say(this.age, cut ? 'Not followed now.' : ageText(door, now));
    say(this.until, until ? `Held ${textOf(hold.target)} until ${local(until)} (${utc(until)}), ${age(until - now)} from now` : hold ? `Held ${textOf(hold.target)} until told otherwise` : '');
  }

  #drawSettings() {
    const rows = compare(this.#twin);
    const signs = { done: ['good', '✓ acknowledged'], waiting: ['waiting', '… not acknowledged'], refused: ['bad', '✕ refused'], reported: ['dim', 'reported only'] };
    const order = { refused: 0, waiting: 1, done: 2, reported: 3 };
    rows.sort((a, b) => order[a.state] - order[b.state]);
    renew(this.settings, h('table', null,
      h('thead', null, h('tr', null, ['Property', 'Desired', 'Reported', 'State'].map((name) => h('th', { scope: 'col' }, name)))),
      h('tbody', null, rows.map((row) => h('tr', { 'data-key': row.name }, h('th', { scope: 'row' }, row.name), h('td', null, shown(row.desired)), h('td', null, shown(row.reported)),
        h('td', null, h('span', { class: `tag ${signs[row.state][0]}` }, signs[row.state][1]), row.why ? h('small', null, ` ${brief(row.why)}`) : null,
          row.state === 'waiting' && row.since ? h('small', null, `, asked ${local(row.since)}`) : null))))));
  }

  #drawTimeline() {
    const entries = this.#entries;
    say(this.note, entries.length ? `The last 24 hours, the newest first; times of ${zone()}${zone() === 'UTC' ? '' : ', UTC when pointed at'}.` : 'Nothing happened in the last 24 hours.');
    renew(this.list, entries.slice(0, 200).map((entry) => h('li', { 'data-kind': entry.kind, 'data-key': `${entry.time} ${entry.text}` },
      h('time', { datetime: new Date(entry.time).toISOString(), title: utc(entry.time) }, local(entry.time)),
      icon(entry.icon ?? marks[entry.kind]), h('span', { class: 'unseen' }, `${kindWords[entry.kind]}: `),
      h('span', null, entry.job ? h('a', { href: `#/job/${encodeURIComponent(entry.job)}` }, entry.text) : entry.text, entry.detail ? h('small', null, ` ${entry.detail}`) : null))));
  }

  #commands() {
    const { announce } = this.app;
    this.time = h('input', { type: 'text', inputmode: 'text', placeholder: 'e.g. 10m', size: '8', autocomplete: 'off' });
    const make = (label, kind, action) => {
      const button = holdButton({ label, kind, action, announce });
      button.disabled = true;
      return button;
    };
    this.buttons = [
      make('Lock', '', () => this.#call('lockDoor', 'lockTime')),
      make('Unlock', 'danger', () => this.#call('unlockDoor', 'unlockTime')),
      make('Reboot', 'danger', () => this.#call('reboot')),
    ];
    return h('section', { class: 'card' }, h('h2', null, 'Command it'),
      field('For how long', this.time, 'Such as 30s, 10m, 1h30m; empty: until told otherwise. Then the door goes back to the state that it rests in.'),
      h('div', { class: 'row' }, this.buttons), this.answers);
  }

  async #call(method, timeName) {
    const { api, announce } = this.app;
    const time = this.time.value.trim();
    if (timeName && time && !isDuration(time)) {
      announce(noDuration(time));
      this.answers.prepend(h('li', { class: 'bad' }, `${noDuration(time)}. Nothing was sent.`));
      this.time.focus();
      return;
    }
    const payload = timeName ? { commandId: crypto.randomUUID(), ...(time ? { [timeName]: time } : {}) } : {};
    const began = performance.now();
    const line = h('li', { class: 'waiting' });
    const tick = () => say(line, `${method}: sent, no answer yet (${Math.round((performance.now() - began) / 1000)} s)`);
    tick();
    const timer = setInterval(tick, 1000);
    this.answers.prepend(line);
    while (this.answers.children.length > 8) this.answers.lastChild.remove();
    try {
      const { status, payload: answer } = await api.call(this.id, method, payload, this.#gone.signal);
      const took = `${((performance.now() - began) / 1000).toFixed(1)} s`;
      line.className = status < 400 ? 'good' : 'bad';
      say(line, `${status < 400 ? '✓' : '✕'} ${method}: the door answered ${status} after ${took}. ${brief(answerText(answer))}`);
    } catch (error) {
      if (this.#gone.signal.aborted) return;
      line.className = 'bad';
      say(line, `✕ ${method}: ${error.message}. ${error.status === 504 || error.status === 0 ? 'The door may have acted all the same: look at its state.' : 'The door did not act.'}`);
    } finally {
      clearInterval(timer);
    }
    announce(line.textContent);
  }
}
