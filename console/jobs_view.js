// All jobs of the hub's history, the newest first, with what became of them.
import { h, renew, say } from './dom.js';
import { follow } from './events.js';
import { countsOf, doneOf, over, rowsQuery, statusWords, whatOf } from './job_facts.js';
import { brief } from './text.js';
import { local, utc, when } from './time.js';

const most = 99;  // refusals of a job that are counted

export function bar(counts) {
  const part = (name, word) => (counts[name] ? h('span', { class: `part part-${name}`, 'data-share': counts[name], title: `${counts[name]} ${word}` }) : null);
  const element = h('div', { class: 'progress', role: 'img', 'aria-label': `${doneOf(counts)} of ${counts.all} done, ${counts.failed} failed` },
    part('succeeded', 'answered or applied'), part('failed', 'failed'), part('cancelled', 'not begun'), part('running', 'under way'), part('pending', 'waiting'));
  for (const child of element.children) child.style.flexGrow = child.dataset.share;
  return element;
}

export class JobsView {
  title = 'Jobs';
  #jobs = new Map();
  #timer = null;
  #refused = new Map();  // job id -> {count, more: or more}, the doors that refused, of jobs that are over
  #asking = false;
  #gone = new AbortController();

  constructor(app) {
    this.app = app;
    this.note = h('p', { class: 'sum', role: 'status' }, 'Reading the jobs…');
    this.body = h('tbody');
    this.element = h('div', { class: 'view' },
      h('div', { class: 'row title' }, h('h1', null, 'Jobs'), h('a', { class: 'button primary', href: '#/new-job' }, 'New job')), this.note,
      h('div', { class: 'scroll card', tabindex: '0', role: 'region', 'aria-label': 'Jobs' }, h('table', null,
        h('thead', null, h('tr', null, ['Job', 'State', 'What', 'Doors', 'Progress', 'Start'].map((name) => h('th', { scope: 'col' }, name)))), this.body)));
    follow(app.feed, this.#gone.signal, {
      event: ({ kind, data }) => {
        if (kind !== 'job') return;
        this.#jobs.set(data.jobId, data);
        this.#drawSoon();
      },
      live: () => this.#read(),
    });
    this.#read();
  }

  close() {
    this.#gone.abort();
    clearTimeout(this.#timer);
  }

  async #read() {
    try {
      for (const job of await this.app.api.jobs()) this.#jobs.set(job.jobId, job);
      this.#draw();
    } catch (error) {
      say(this.note, `The jobs could not be read: ${error.message}`);
    }
  }

  // A refusal is a success on the wire, and has to be asked for. Of the newest jobs only.
  async #ask(jobs) {
    if (this.#asking) return;
    this.#asking = true;
    const known = this.#refused.size;
    for (const job of jobs.filter((each) => over(each) && each.type === 'scheduleDeviceMethod' && !this.#refused.has(each.jobId)).slice(0, 20)) {
      try {
        const rows = await this.app.api.all(rowsQuery(job.jobId, 'refused'), most + 1, this.#gone.signal);
        this.#refused.set(job.jobId, { count: Math.min(most, rows.length), more: rows.length > most });
      } catch { break; }
    }
    this.#asking = false;
    if (this.#refused.size === known || this.#gone.signal.aborted) return;
    this.#drawSoon();
  }

  #drawSoon() {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#draw();
    }, 250);
  }

  #draw() {
    const jobs = [...this.#jobs.values()].sort((a, b) => when(b.createdTime) - when(a.createdTime));
    const running = jobs.filter((job) => !over(job)).length;
    say(this.note, jobs.length === 0 ? 'There is no job yet.' : `${jobs.length === 1 ? '1 job' : `${jobs.length} jobs`} of the last 30 days, ${running} not over.`);
    this.#ask(jobs);
    renew(this.body, jobs.slice(0, 200).map((job) => {
      const refused = this.#refused.get(job.jobId);
      const counts = countsOf(job, [], refused?.count ?? 0);
      const bad = job.status === 'failed' || counts.failed > 0;
      return h('tr', { 'data-key': job.jobId }, h('th', { scope: 'row' }, h('a', { href: `#/job/${encodeURIComponent(job.jobId)}` }, job.jobId)),
        h('td', null, h('span', { class: bad ? 'tag bad' : over(job) ? 'tag' : 'tag waiting' }, statusWords[job.status] ?? job.status, counts.failed ? `, ${counts.failed} ${refused?.more ? 'or more ' : ''}failed` : '')),
        h('td', null, brief(whatOf(job), 200)),
        h('td', { class: 'number' }, counts.all || '–'), h('td', null, counts.all ? bar(counts) : h('span', { class: 'dim' }, '–')),
        h('td', { title: utc(when(job.startTime)) }, local(when(job.startTime))));
    }));
  }
}
