// A job is put together before the eyes: which doors it would touch is looked up while it is written.
import { describe, doorFromRow, doorQuery, buildingOf, floorOf, states, statesOf } from './door.js';
import { field, h, renew, replace, say } from './dom.js';
import { group, partName, placeName } from './floor_plan.js';
import { holdButton } from './hold.js';
import { icon } from './icons.js';
import { jobBody } from './job_facts.js';
import { clearMistake, showMistake } from './mistake.js';
import { alsoOf, ofCondition, placeCondition, whereOf } from './query_text.js';
import { fromInput, local, toInput, utc, zone } from './time.js';

const pause = 400;   // ms after the last key
const between = 500; // ms from a change of the doors to a look at their places
const anew = 10_000;  // ms: doors come and go while the form is filled in

export class JobFormView {
  title = 'New job';
  #timer = null;
  #look = new AbortController();
  #gone = new AbortController();
  #fresh;
  #placing = null;
  #known = null;  // doors that the condition means now; null while that is not known

  constructor(app) {
    this.app = app;
    const text = (props) => h('input', { type: 'text', autocomplete: 'off', spellcheck: 'false', ...props });
    this.action = h('select', { onchange: () => this.#draw() },
      h('option', { value: 'lockDoor' }, 'Lock'), h('option', { value: 'unlockDoor' }, 'Unlock'),
      h('option', { value: 'reboot' }, 'Reboot'), h('option', { value: 'twin' }, 'Set properties'));
    this.time = text({ placeholder: 'e.g. 10m' });
    this.properties = text({ placeholder: 'floor=3, building=43' });
    this.place = h('select', { onchange: () => this.#pick() });
    this.condition = h('textarea', { rows: '5', spellcheck: 'false', oninput: () => this.#later() });
    this.condition.value = '*';
    this.mistake = h('div', { class: 'problem', role: 'alert' });
    this.whenNow = h('input', { type: 'radio', name: 'when', id: 'when-now', checked: true, onchange: () => this.#draw() });
    this.whenLater = h('input', { type: 'radio', name: 'when', id: 'when-later', onchange: () => this.#draw() });
    this.start = h('input', { type: 'datetime-local', value: toInput(app.session.now() + 3_600_000), oninput: () => { this.whenLater.checked = true; this.#draw(); } });
    this.startField = field(`Start, time of ${zone()}`, this.start);
    this.startText = h('p', { class: 'dim', role: 'status' });
    this.minutes = text({ inputmode: 'numeric', value: '60' });
    this.rate = text({ inputmode: 'numeric' });
    this.inFlight = text({ inputmode: 'numeric' });
    this.abort = text({ inputmode: 'numeric' });
    this.waves = text({ placeholder: '1, 10%' });
    this.retry = text({ inputmode: 'numeric' });
    this.problem = h('p', { class: 'problem', role: 'alert' });
    this.create = holdButton({ label: 'Create the job', action: () => this.#create(), announce: app.announce });
    this.timeField = field('For how long', this.time, 'Such as 30s, 10m, 1h30m; empty: until told otherwise.');
    this.propertiesField = field('Properties', this.properties, 'Desired properties, name=value, with commas between.');
    this.preview = h('section', { class: 'card', 'aria-labelledby': 'preview-title' });
    this.sum = h('p', { role: 'status', class: 'preview-sum' });
    this.list = h('div');
    replace(this.preview, h('h2', { id: 'preview-title' }, 'The doors that it would touch now'), this.sum, this.list);
    this.element = h('div', { class: 'view' }, h('p', null, h('a', { href: '#/jobs' }, '← Jobs')), h('h1', null, 'New job'),
      h('div', { class: 'cards' },
        h('form', { class: 'card', onsubmit: (event) => event.preventDefault() },
          field('What the doors are to do', this.action), this.timeField, this.propertiesField,
          h('fieldset', null, h('legend', null, 'Which doors'),
            field('Place', this.place), field('Condition', this.condition, 'Choosing a place writes it; it may be changed, as in the query language: what stands behind WHERE, or * for every door.'), this.mistake),
          h('fieldset', null, h('legend', null, 'When'),
            h('p', null, this.whenNow, h('label', { for: 'when-now' }, ' At once')),
            h('p', null, this.whenLater, h('label', { for: 'when-later' }, ` At a time (${zone()})`)),
            this.startField, this.startText),
          h('details', null, h('summary', null, 'Limits'),
            field('Time for the job, in minutes', this.minutes, 'Doors that are offline are called when they come within this time.'),
            field('Doors a second, at the most', this.rate), field('Doors at once, at the most', this.inFlight),
            field('Waves', this.waves, 'First so many doors or percent, each wave after the one before: “1, 10%”. A failure stops it.'),
            field('Stop after so many failures', this.abort),
            field('Ask a door again, so many times', this.retry, 'When it refused for now or did not answer; a repeat never moves a bolt twice.')),
          this.problem, h('p', null, this.create)),
        this.preview));
    this.#places();
    app.fleet.addEventListener('change', () => {
      this.#placing ??= setTimeout(() => { this.#placing = null; this.#places(); }, between);
    }, { signal: this.#gone.signal });
    this.#fresh = setInterval(() => { if (this.#known !== null) this.#preview(true); }, anew);
    this.#draw();
    this.#preview();
  }

  close() {
    this.#gone.abort();
    clearInterval(this.#fresh);
    clearTimeout(this.#placing);
    clearTimeout(this.#timer);
    this.#look.abort();
  }

  #places() {
    const groups = group([...this.app.fleet.doors.values()]);
    const buildings = new Map();
    for (const each of groups) if (each.building !== null) buildings.set(each.building, placeCondition(each.building, null));
    const options = [['*', 'Every door'], ...[...buildings].map(([building, condition]) => [condition, `Building ${partName(building)}, all floors`]),
      ...groups.filter((each) => each.building !== null && each.floor !== null).map((each) => [placeCondition(each.building, each.floor), each.name])];
    const look = JSON.stringify(options);
    if (this.place.dataset.look === look) return;
    this.place.dataset.look = look;
    const before = this.condition.value;
    renew(this.place, options.map(([value, name]) => h('option', { value }, name)), h('option', { value: '' }, 'As the condition says'));
    this.place.value = options.some(([value]) => value === before) ? before : '';
  }

  #pick() {
    if (!this.place.value) return;
    this.condition.value = this.place.value;
    this.#preview();
  }

  #draw() {
    const action = this.action.value;
    this.timeField.hidden = action !== 'lockDoor' && action !== 'unlockDoor';
    this.propertiesField.hidden = action !== 'twin';
    this.startField.hidden = !this.whenLater.checked;
    const start = this.#start();
    say(this.startText, start === null ? '' : Number.isNaN(start) ? 'That is no time.' : `${local(start)} ${zone()} is ${utc(start)}. ${this.app.session.clockText}`.trim());
    this.create.relabel(this.#label());
  }

  #start() {
    if (!this.whenLater.checked) return null;
    return fromInput(this.start.value) ?? Number.NaN;
  }

  #label() {
    const words = { lockDoor: 'Lock', unlockDoor: 'Unlock', reboot: 'Reboot', twin: 'Set properties of' }[this.action.value];
    const doors = this.#known === null ? 'the doors' : this.#known === 1 ? '1 door' : `${this.#known} doors`;
    return `${words} ${doors}${this.whenLater.checked ? ' at that time' : ' now'}`;
  }

  #later() {
    this.#known = null;
    this.place.value = [...this.place.options].some((option) => option.value === this.condition.value.trim()) ? this.condition.value.trim() : '';
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#preview(), pause);
  }

  // How many, how many of them are away, and which.
  async #preview(again = false) {
    clearTimeout(this.#timer);
    this.#look.abort();
    this.#look = new AbortController();
    const { signal } = this.#look;
    const { api } = this.app;
    const condition = this.condition.value.trim() || '*';
    if (!again) say(this.sum, 'Looking…');
    try {
      const counts = await api.page(`SELECT connectionState, COUNT() AS number FROM devices${whereOf(condition)} GROUP BY connectionState`, null, signal);
      const [away, some] = await Promise.all([
        api.page(`${doorQuery}${alsoOf(condition, "connectionState = 'Disconnected'")}`, null, signal),
        api.page(`${doorQuery}${alsoOf(condition, "connectionState = 'Connected'")}`, null, signal),
      ]);
      if (signal.aborted) return;
      clearMistake(this.mistake, this.condition);
      const number = (state) => counts.rows.find((row) => row.connectionState === state)?.number ?? 0;
      this.#known = counts.rows.reduce((sum, row) => sum + row.number, 0);
      this.#drawPreview(number('Disconnected'), away.rows.map(doorFromRow), some.rows.map(doorFromRow));
    } catch (error) {
      if (signal.aborted) return;
      this.#known = null;
      const unread = error.status === 400;
      if (unread) showMistake(this.mistake, ofCondition(error.message), this.condition);
      say(this.sum, unread ? 'Not known: the condition cannot be read.' : `Not known: ${error.message}.`);
      this.list.replaceChildren();
      if (!unread) this.#timer = setTimeout(() => this.#preview(true), anew);
    }
    this.#draw();
  }

  #drawPreview(offline, away, here) {
    const all = this.#known;
    const later = this.action.value === 'twin' ? 'hears of it when it comes back' : 'is called if it comes within the job’s time';
    say(this.sum, all === 0 ? 'No door matches now. The condition is looked at again when the job starts.'
      : `${all === 1 ? '1 door' : `${all} doors`}, ${offline === 0 ? 'all connected' : `${offline} of them offline: what is offline ${later}`}. The condition is looked at again when the job starts.`);
    const shown = [...away, ...here].slice(0, 60);
    renew(this.list, h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Doors' }, h('ul', { class: 'preview' }, shown.map((door) => {
      const state = statesOf(door)[0];
      return h('li', { 'data-state': state }, icon(state), h('b', null, door.id), h('span', null, states[state]), h('small', null, `${placeName(buildingOf(door), floorOf(door))}, ${describe(door)}`));
    }))), all > shown.length ? h('p', { class: 'dim' }, `and ${all - shown.length} more`) : null);
  }

  async #create() {
    say(this.problem, '');
    let body;
    try {
      if (Number.isNaN(this.#start())) throw new Error('Start: that is no time');
      if (this.mistake.firstChild) throw new Error('Condition: it cannot be read');
      body = jobBody({
        action: this.action.value, time: this.time.value, properties: this.properties.value, condition: this.condition.value, start: this.#start(),
        minutes: this.minutes.value.trim(), rate: this.rate.value.trim(), inFlight: this.inFlight.value.trim(), abort: this.abort.value.trim(),
        waves: this.waves.value, retry: this.retry.value.trim(),
      });
      if (body.startTime && Date.parse(body.startTime) < this.app.session.now() - 60_000) throw new Error('Start: that time has passed');
      this.create.disabled = true;
      await this.app.api.createJob(body);
    } catch (error) {
      say(this.problem, `Nothing was created. ${error.message}`);
      this.create.disabled = false;
      return;
    }
    this.app.announce(`Job ${body.jobId} created`);
    location.hash = `#/job/${body.jobId}`;
  }
}
