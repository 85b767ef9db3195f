// The query language, with its mistakes shown where they are, and its rows as a table and as files.
import { h, replace, save, say } from './dom.js';
import { cellText, columnsOf, toCsv, toJson } from './export.js';
import { brief } from './text.js';
import { clearMistake, goToMistake, showMistake } from './mistake.js';

const most = 10_000;  // rows that an export holds
const drawn = 1000;   // that the table shows
const examples = [
  ['Doors that are not locked', "SELECT deviceId, properties.reported.lock.state AS lock FROM devices WHERE properties.reported.lock.state != 'locked'"],
  ['Doors by state of the lock', 'SELECT properties.reported.lock.state AS lock, COUNT() AS doors FROM devices GROUP BY properties.reported.lock.state'],
  ['Offline doors', "SELECT deviceId, lastActivityTime FROM devices WHERE connectionState = 'Disconnected'"],
  ['Failed calls of jobs', "SELECT * FROM devices.jobs WHERE devices.jobs.status = 'failed'"],
];
let last = examples[0][1];  // as long as the page lives

export class QueryView {
  title = 'Query';
  #rows = [];
  #more = null;
  #ran = '';
  #gone = new AbortController();  // of what was asked last: another question ends it

  constructor(app) {
    this.app = app;
    this.text = h('textarea', {
      id: 'query', rows: '4', spellcheck: 'false', 'aria-describedby': 'query-mistake query-keys',
      onkeydown: (event) => { if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) { event.preventDefault(); this.#run(); } },
    });
    this.text.value = last;
    this.mistake = h('div', { class: 'problem', role: 'alert', id: 'query-mistake' });
    this.run = h('button', { type: 'button', class: 'primary', onclick: () => this.#run() }, 'Run');
    this.examples = h('select', { 'aria-label': 'Examples', onchange: () => {
      if (this.examples.value) this.text.value = this.examples.value;
      this.examples.value = '';
      this.text.focus();
    } }, h('option', { value: '' }, 'Examples…'), examples.map(([name, text]) => h('option', { value: text }, name)));
    this.note = h('p', { class: 'sum', role: 'status' });
    this.csv = h('button', { type: 'button', onclick: () => this.#export('csv') }, 'Export CSV');
    this.json = h('button', { type: 'button', onclick: () => this.#export('json') }, 'Export JSON');
    this.next = h('button', { type: 'button', onclick: () => this.#page() }, 'More rows');
    this.table = h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Rows' });
    this.busy = h('small', { role: 'status' });
    this.result = h('section', { class: 'card' }, h('div', { class: 'row title' }, this.note, h('div', { class: 'row' }, this.next, this.csv, this.json)), this.table);
    this.result.hidden = true;
    this.element = h('div', { class: 'view stack' }, h('h1', null, 'Query'),
      h('section', { class: 'card' }, h('label', { for: 'query' }, h('b', null, 'Query')), this.text, this.mistake,
        h('div', { class: 'row' }, this.run, this.examples, h('small', { id: 'query-keys' }, 'Ctrl+Enter runs it'), this.busy)), this.result);
  }

  close() {
    last = this.text.value;
    this.#gone.abort();
  }

  async #run() {
    this.#gone.abort();
    this.#gone = new AbortController();
    this.#rows = [];
    this.#more = null;
    this.#ran = this.text.value;
    clearMistake(this.mistake, this.text);
    await this.#page();
  }

  async #page() {
    const { signal } = this.#gone;
    say(this.busy, 'Asking…');
    this.next.disabled = true;
    try {
      const began = performance.now();
      const { rows, more } = await this.app.api.page(this.#ran, this.#more, signal);
      if (signal.aborted) return;
      this.#rows.push(...rows);
      this.#more = more;
      this.#draw(performance.now() - began);
    } catch (error) {
      if (signal.aborted) return;
      this.result.hidden = true;
      const mistake = showMistake(this.mistake, error.message, this.text);
      if (mistake) goToMistake(this.text, mistake);
    } finally {
      if (!signal.aborted) {
        say(this.busy, '');
        this.next.disabled = false;
      }
    }
  }

  #draw(took) {
    this.result.hidden = false;
    const rows = this.#rows;
    say(this.note, rows.length === 0 ? 'No row.' : `${rows.length === 1 ? '1 row' : `${rows.length} rows`}${this.#more ? ', and there are more' : ''}, in ${Math.max(1, Math.round(took))} ms.${rows.length > drawn ? ` The table shows the first ${drawn}; an export has them all.` : ''}`);
    this.next.hidden = !this.#more;
    this.next.disabled = false;
    this.csv.disabled = this.json.disabled = rows.length === 0;
    const columns = columnsOf(rows);
    replace(this.table, rows.length ? h('table', null,
      h('thead', null, h('tr', null, columns.map((name) => h('th', { scope: 'col' }, name)))),
      h('tbody', null, rows.slice(0, drawn).map((row) => h('tr', null, columns.map((name) => h('td', { class: typeof row[name] === 'number' ? 'number' : null },
        name === 'deviceId' && typeof row[name] === 'string' ? h('a', { href: `#/door/${encodeURIComponent(row[name])}` }, row[name]) : brief(cellText(row[name])))))))) : null);
  }

  // All rows, not only those that were looked at.
  async #export(kind) {
    const { signal } = this.#gone;
    this.csv.disabled = this.json.disabled = this.next.disabled = true;
    try {
      while (this.#more && this.#rows.length < most) {
        say(this.note, `Reading: ${this.#rows.length} rows so far`);
        const { rows, more } = await this.app.api.page(this.#ran, this.#more, signal);
        if (signal.aborted) return;
        this.#rows.push(...rows);
        this.#more = more;
      }
    } catch (error) {
      if (signal.aborted) return;
      this.#draw(0);
      say(this.note, `Not exported: ${error.message}`);
      return;
    }
    const stamp = new Date().toISOString().slice(0, 19).replace(/[-:]/g, '');
    if (kind === 'csv') save(`doors-${stamp}.csv`, 'text/csv;charset=utf-8', toCsv(this.#rows));
    else save(`doors-${stamp}.json`, 'application/json', toJson(this.#rows));
    this.#draw(0);
    say(this.note, `${this.#rows.length} rows exported${this.#more ? `; there are more than ${most}, narrow the query for the rest` : ''}.`);
  }
}
