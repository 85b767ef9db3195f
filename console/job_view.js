// One job: how far it is, how fast, what failed and what cures that, and every door's row.
import { h, replace, say } from './dom.js';
import { holdButton } from './hold.js';
import { icon } from './icons.js';
import { causeOf, countsOf, doneOf, failureGroups, isCancelled, isFailed, over, paceOf, retryJobs, stateOf, statusWords, whatOf } from './job_facts.js';
import { bar } from './jobs_view.js';
import { quote } from './query_text.js';
import { both, local, span, utc, when } from './time.js';

const most = 10_000;  // rows that a page holds
const page = 200;     // that it shows at once
const between = 2000; // ms between two readings of the rows
const rowWords = { done: ['good', '✓ done'], failed: ['bad', '✕ failed'], running: ['waiting', '… under way'], pending: ['dim', '· waiting'], cancelled: ['dim', '– not begun'] };

export class JobView {
  #job = null;
  #rows = [];
  #samples = [];
  #readAt = 0;
  #reading = null;
  #again = false;
  #shown = page;
  #gone = new AbortController();
  #timers = [];

  constructor(app, parameters, [id = '']) {
    this.app = app;
    this.id = id;
    this.title = `Job ${id}`;
    const { announce } = app;
    this.told = h('div');
    this.progress = h('p', { class: 'job-progress' });
    this.bar = h('div');
    this.failures = h('section', { class: 'card wide', 'aria-labelledby': 'failures' });
    this.failures.hidden = true;
    this.problem = h('p', { class: 'problem', role: 'alert' });
    this.cancel = holdButton({ label: 'Cancel the job', kind: 'danger', action: () => this.#cancel(), announce });
    this.retry = holdButton({ label: 'Retry the failed', action: () => this.#retry(), announce });
    this.cancelNote = h('p', { class: 'dim' });
    // The buttons stay where they are while the rest is drawn anew: somebody may be holding one.
    this.head = h('section', { class: 'card wide' }, this.told, this.problem, h('div', { class: 'row' }, this.cancel, this.retry), this.cancelNote);
    this.cancel.hidden = this.retry.hidden = true;
    this.filter = h('select', { 'aria-label': 'Rows', onchange: () => { this.#shown = page; this.#drawRows(); } },
      [['', 'Every door'], ['failed', 'Failed'], ['running', 'Under way'], ['pending', 'Waiting'], ['done', 'Done'], ['cancelled', 'Not begun']].map(([value, name]) => h('option', { value }, name)));
    this.note = h('p', { class: 'sum' });
    this.body = h('tbody');
    this.more = h('button', { type: 'button', onclick: () => { this.#shown += page; this.#drawRows(); } }, 'Show more');
    this.element = h('div', { class: 'view' }, h('p', null, h('a', { href: '#/jobs' }, '← Jobs')),
      h('div', { class: 'cards' }, this.head, this.failures,
        h('section', { class: 'card wide' }, h('div', { class: 'row title' }, h('h2', null, 'Doors'), this.filter), this.note,
          h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Doors of the job' }, h('table', null,
            h('thead', null, h('tr', null, ['Door', 'State', 'Answer', 'Last change'].map((name) => h('th', { scope: 'col' }, name)))), this.body)), this.more)));
    this.#onEvent = ({ detail }) => { if (detail.kind === 'job' && detail.data.jobId === id) this.#take(detail.data); };
    app.feed.addEventListener('event', this.#onEvent);
    this.#onState = ({ detail }) => { if (detail.state === 'live') this.#read(); };
    app.feed.addEventListener('state', this.#onState);
    this.#timers.push(setInterval(() => this.#drawProgress(), 1000));
    this.#read();
  }

  #onEvent; #onState;

  close() {
    this.#gone.abort();
    this.app.feed.removeEventListener('event', this.#onEvent);
    this.app.feed.removeEventListener('state', this.#onState);
    this.#timers.forEach(clearInterval);
    clearTimeout(this.#reading);
  }

  async #read() {
    try {
      this.#take(await this.app.api.job(this.id));
    } catch (error) {
      if (this.#gone.signal.aborted) return;
      replace(this.told, h('h1', null, error.status === 404 ? `There is no job “${this.id}”` : 'The job could not be read'), h('p', null, error.message));
    }
  }

  #take(job) {
    const before = this.#job;
    if (before && over(before) && !over(job)) return;  // an answer that the stream has overtaken
    this.#job = job;
    const counts = countsOf(job);
    this.#samples.push({ time: this.app.session.now(), done: doneOf(counts) });
    if (this.#samples.length > 120) this.#samples.shift();
    if (before && !over(before) && over(job)) this.app.announce(`The job is over: ${statusWords[job.status]}`);
    this.#drawHead();
    this.#readRows();
  }

  // At most once in two seconds, and once more at the end.
  #readRows() {
    if (this.#reading) {
      this.#again = true;
      return;
    }
    this.#reading = setTimeout(async () => {
      this.#readAt = performance.now();
      try {
        this.#rows = await this.app.api.all(`SELECT * FROM devices.jobs WHERE devices.jobs.jobId = ${quote(this.id)}`, most, this.#gone.signal);
        this.#drawRows();
        this.#drawFailures();
        this.#drawProgress();
        this.#drawActions();
      } catch (error) {
        if (!this.#gone.signal.aborted) say(this.note, `The rows could not be read: ${error.message}`);
      }
      this.#reading = null;
      if (this.#again && !this.#gone.signal.aborted) {
        this.#again = false;
        this.#readRows();
      }
    }, Math.max(0, this.#readAt === 0 ? 0 : this.#readAt + between - performance.now()));
  }

  #drawHead() {
    const job = this.#job;
    const start = when(job.startTime);
    const facts = [['Doors', job.queryCondition === '*' ? 'every door' : h('code', null, job.queryCondition)],
      ['Start', `${both(start)}${start > this.app.session.now() ? `, in ${span((start - this.app.session.now()) / 1000)}` : ''}`],
      ['Time for it', span(job.maxExecutionTimeInSeconds)]];
    if (when(job.endTime)) facts.push(['End', both(when(job.endTime))]);
    for (const name of ['rate', 'inFlight', 'waves', 'abort', 'retry']) if (job[name]) facts.push([name, JSON.stringify(job[name])]);
    replace(this.told, h('h1', null, whatOf(job)), h('p', { class: 'dim' }, `Job ${job.jobId}`),
      h('p', { class: 'now-state job-state', role: 'status' }, h('b', null, statusWords[job.status] ?? job.status)),
      job.failureReason ? h('p', { class: 'problem' }, job.failureReason) : null, job.statusMessage ? h('p', null, job.statusMessage) : null,
      this.bar, this.progress, h('dl', { class: 'facts' }, facts.map(([name, value]) => [h('dt', null, name), h('dd', null, value)])));
    this.#drawProgress();
    this.#drawActions();
  }

  #drawProgress() {
    if (!this.#job) return;
    const counts = countsOf(this.#job, this.#rows);
    replace(this.bar, counts.all ? bar(counts) : null);
    const words = [`${counts.succeeded} succeeded`, `${counts.failed} failed`];
    if (counts.running) words.push(`${counts.running} under way`);
    if (counts.pending) words.push(`${counts.pending} waiting`);
    if (counts.cancelled) words.push(`${counts.cancelled} not begun`);
    if (!over(this.#job)) {
      const { rate, left } = paceOf(this.#samples, counts);
      if (rate !== null) words.push(`${rate.toFixed(rate < 10 ? 1 : 0)} doors a second`, `about ${span(left)} left`);
    }
    say(this.progress, counts.all ? `${counts.all} doors: ${words.join(', ')}` : over(this.#job) ? 'No door matched.' : 'Which doors it means is looked up when it starts.');
  }

  #drawActions() {
    const job = this.#job;
    const ended = over(job);
    this.cancel.hidden = ended;
    const undone = this.#rows.filter((row) => isFailed(row) || isCancelled(row)).length;
    this.retry.hidden = !ended || undone === 0;
    this.retry.relabel(`Retry ${undone === 1 ? 'the 1 door that is' : `the ${undone} doors that are`} not done`);
    say(this.cancelNote, ended ? '' : job.status === 'running'
      ? 'Cancelling stops what has not begun. Doors that were called already have acted or will act: that is not undone.'
      : 'It has not begun: cancelled, no door hears of it.');
  }

  #drawFailures() {
    const groups = failureGroups(this.#rows);
    this.failures.hidden = groups.length === 0;
    replace(this.failures, h('h2', { id: 'failures' }, 'What failed, and what cures it'), groups.map((each) => h('div', { class: 'failure' },
      h('p', null, icon('jammed'), h('b', null, ` ${each.doors.length === 1 ? '1 door' : `${each.doors.length} doors`}: ${each.cause}`)),
      each.cure ? h('p', null, `→ ${each.cure}`) : null,
      h('p', { class: 'door-links' }, each.doors.slice(0, 40).map((id) => [h('a', { href: `#/door/${encodeURIComponent(id)}` }, id), ' ']), each.doors.length > 40 ? `and ${each.doors.length - 40} more` : null))));
  }

  #drawRows() {
    const wanted = this.filter.value;
    const rows = wanted ? this.#rows.filter((row) => stateOf(row) === wanted) : this.#rows;
    say(this.note, `${rows.length} of ${this.#rows.length} doors${this.#rows.length === most ? ' (the first that were read)' : ''}`);
    this.more.hidden = rows.length <= this.#shown;
    replace(this.body, rows.slice(0, this.#shown).map((row) => {
      const [look, words] = rowWords[stateOf(row)];
      const changed = when(row.lastUpdatedDateTimeUtc);
      return h('tr', null, h('th', { scope: 'row' }, h('a', { href: `#/door/${encodeURIComponent(row.deviceId)}` }, row.deviceId)), h('td', null, h('span', { class: `tag ${look}` }, words)),
        h('td', null, isFailed(row) ? causeOf(row) : row.outcome?.deviceMethodResponse ? `answered ${row.outcome.deviceMethodResponse.status}` : ''),
        h('td', { title: changed ? utc(changed) : null }, changed ? local(changed) : ''));
    }));
  }

  async #cancel() {
    say(this.problem, '');
    this.cancel.disabled = true;
    try {
      this.#take(await this.app.api.cancelJob(this.id));
    } catch (error) {
      say(this.problem, `Not cancelled: ${error.message}`);
    }
    this.cancel.disabled = false;
  }

  async #retry() {
    say(this.problem, '');
    this.retry.disabled = true;
    const jobs = retryJobs(this.#job, this.#rows);
    try {
      for (const job of jobs) await this.app.api.createJob(job);
      this.app.announce(`${jobs.length === 1 ? 'A job' : `${jobs.length} jobs`} created for the doors that are not done`);
      location.hash = jobs.length === 1 ? `#/job/${jobs[0].jobId}` : '#/jobs';
    } catch (error) {
      say(this.problem, `The retry could not be created: ${error.message}`);
      this.retry.disabled = false;
    }
  }
}
