// One job: how far it is, how fast, what failed and what cures that, and every door's row.
import { h, renew, replace, say } from './dom.js';
import { follow } from './events.js';
import { placeName } from './floor_plan.js';
import { holdButton } from './hold.js';
import { icon } from './icons.js';
import { causeOf, countsOf, doneOf, failureGroups, isFailed, limitsOf, over, paceOf, retryJobs, rowsQuery, stateOf, statusWords, whatOf } from './job_facts.js';
import { bar } from './jobs_view.js';
import { JobRows } from './job_rows.js';
import { placeOfCondition } from './query_text.js';
import { brief } from './text.js';
import { both, local, span, utc, when } from './time.js';

const causes = 20;  // of failures, each with at most so many doors:
const named = 40;
const rowWords = { done: ['good', '✓ done'], failed: ['bad', '✕ failed'], running: ['waiting', '… under way'], pending: ['dim', '· waiting'], cancelled: ['dim', '– not begun'] };

const doorLink = (id) => h('a', { href: `#/door/${encodeURIComponent(id)}` }, id);

export class JobView {
  #job = null;
  #samples = [];
  #watched = false;  // it was seen before it was over
  #rows;
  #gone = new AbortController();
  #timer;

  constructor(app, parameters, [id = '']) {
    this.app = app;
    this.id = id;
    this.title = `Job ${id}`;
    const { announce } = app;
    this.told = h('div');
    this.progress = h('p', { class: 'job-progress' });
    this.bar = h('div');
    this.facts = h('dl', { class: 'facts' });
    this.failures = h('section', { class: 'card wide', 'aria-labelledby': 'failures' });
    this.failures.hidden = true;
    this.problem = h('p', { class: 'problem', role: 'alert' });
    this.cancel = holdButton({ label: 'Cancel the job', kind: 'danger', action: () => this.#cancel(), announce });
    this.retry = holdButton({ label: 'Retry the failed', action: () => this.#retry(), announce });
    this.cancelNote = h('p', { class: 'dim' });
    // The buttons stay where they are while the rest is drawn anew: somebody may be holding one.
    this.head = h('section', { class: 'card wide' }, this.told, this.bar, this.progress, this.facts, this.problem, h('div', { class: 'row' }, this.cancel, this.retry), this.cancelNote);
    this.cancel.hidden = this.retry.hidden = true;
    this.filter = h('select', { 'aria-label': 'Rows', onchange: () => this.#rows.choose(this.filter.value) },
      [['', 'Every door'], ['failed', 'Failed'], ['running', 'Under way'], ['pending', 'Waiting'], ['done', 'Done'], ['cancelled', 'Not begun']].map(([value, name]) => h('option', { value }, name)));
    this.note = h('p', { class: 'sum' });
    this.body = h('tbody');
    this.more = h('button', { type: 'button', onclick: () => this.#rows.showMore() }, 'Show more');
    this.element = h('div', { class: 'view' }, h('p', null, h('a', { href: '#/jobs' }, '← Jobs')),
      h('div', { class: 'cards' }, this.head, this.failures,
        h('section', { class: 'card wide' }, h('div', { class: 'row title' }, h('h2', null, 'Doors'), this.filter), this.note,
          h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Doors of the job' }, h('table', null,
            h('thead', null, h('tr', null, ['Door', 'State', 'Answer', 'Last change'].map((name) => h('th', { scope: 'col' }, name)))), this.body)), this.more)));
    this.#rows = new JobRows(app.api, id, this.#gone.signal, (problem) => this.#drawRows(problem));
    follow(app.feed, this.#gone.signal, {
      event: ({ kind, data }) => { if (kind === 'job' && data.jobId === id) this.#take(data); },
      live: () => this.#read(),
    });
    this.#timer = setInterval(() => {
      this.#drawFacts();
      this.#drawProgress();
    }, 1000);
    this.#read();
  }

  close() {
    this.#gone.abort();
    clearInterval(this.#timer);
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
    this.#watched ||= !over(job);
    const counts = countsOf(job);
    this.#samples.push({ time: this.app.session.now(), done: doneOf(counts) });
    if (this.#samples.length > 120) this.#samples.shift();
    this.#drawHead();
    if (over(job)) this.#rows.readLast();
    else this.#rows.read();
  }

  #drawHead() {
    const job = this.#job;
    renew(this.told, h('h1', null, brief(whatOf(job), 300)), h('p', { class: 'dim' }, `Job ${job.jobId}`),
      h('p', { class: 'now-state job-state', role: 'status' }, h('b', null, statusWords[job.status] ?? job.status)),
      job.failureReason ? h('p', { class: 'problem' }, job.failureReason) : null, job.statusMessage ? h('p', null, job.statusMessage) : null);
    this.#drawFacts();
    this.#drawProgress();
    this.#drawActions();
  }

  #drawFacts() {
    const job = this.#job;
    if (!job) return;
    const start = when(job.startTime);
    const left = start - this.app.session.now();
    const facts = [['Doors', this.#doors()], ['Start', `${both(start)}${left > 0 && !over(job) ? `, in ${span(left / 1000)}` : ''}`], ['Time for it', span(job.maxExecutionTimeInSeconds)]];
    if (when(job.endTime)) facts.push(['End', both(when(job.endTime))]);
    facts.push(...limitsOf(job));
    renew(this.facts, facts.map(([name, value]) => [h('dt', null, name), h('dd', null, value)]));
  }

  // Which it means: the place that the condition was written for, or the condition itself.
  #doors() {
    const { queryCondition } = this.#job;
    if (queryCondition === '*') return 'every door';
    const place = placeOfCondition(queryCondition);
    return place ? h('span', { title: queryCondition }, placeName(...place)) : h('code', null, brief(queryCondition, 1000));
  }

  #counts() { return countsOf(this.#job, this.#rows.failed); }

  // Whether what became of the doors is known to its end.
  #isTold() { return !over(this.#job) || this.#rows.final; }

  #drawProgress() {
    if (!this.#job) return;
    const counts = this.#counts();
    renew(this.bar, counts.all ? bar(counts) : null);
    // Who refused has answered too: before the answers are read nobody is said to have succeeded.
    const words = this.#isTold() ? [`${counts.succeeded} succeeded`, `${counts.failed} failed`] : [`${counts.succeeded + counts.failed} over, what they answered is being read`];
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
    const { failed, cancelled } = this.#counts();
    const undone = failed + cancelled;
    this.retry.hidden = !ended || !this.#isTold() || undone === 0;
    this.retry.relabel(`Retry ${undone === 1 ? 'the 1 door that is' : `the ${undone} doors that are`} not done`);
    say(this.cancelNote, ended ? '' : job.status === 'running'
      ? 'Cancelling stops what has not begun. Doors that were called already have acted or will act: that is not undone.'
      : 'It has not begun: cancelled, no door hears of it.');
  }

  #drawFailures() {
    const groups = failureGroups(this.#rows.failed);
    this.failures.hidden = groups.length === 0;
    const doors = (each) => h('p', { class: 'door-links' }, each.doors.slice(0, named).map((id) => [doorLink(id), ' ']), each.doors.length > named ? `and ${each.doors.length - named} more` : null);
    renew(this.failures, h('h2', { id: 'failures' }, 'What failed, and what cures it'), groups.slice(0, causes).map((each) => h('div', { class: 'failure', 'data-key': each.cause },
      h('p', null, icon('jammed'), h('b', null, ` ${each.doors.length === 1 ? '1 door' : `${each.doors.length} doors`}: ${each.cause}`)),
      each.cure ? h('p', null, `→ ${each.cure}`) : null, doors(each))),
    groups.length > causes ? h('p', { class: 'dim' }, `and ${groups.length - causes} more causes: choose “Failed” below for every door’s.`) : null);
  }

  #drawRows(problem) {
    if (problem) {
      say(this.note, `The rows could not be read: ${problem}`);
      return;
    }
    const { rows, more, state, failedWhole } = this.#rows;
    const all = { '': 'all', done: 'succeeded' }[state] ?? state;
    const whole = more ? this.#counts()[all] : rows.length;
    say(this.note, `${rows.length === whole ? `${rows.length}` : `The first ${rows.length} of ${whole}`} ${whole === 1 ? 'door' : 'doors'}${state ? ` (${rowWords[state][1].slice(2)})` : ''}.${
      failedWhole ? '' : ` Only the first ${this.#rows.failed.length} failures were read: there are more.`}`);
    this.more.hidden = !more;
    renew(this.body, rows.map((row) => {
      const [look, words] = rowWords[stateOf(row)];
      const changed = when(row.lastUpdatedDateTimeUtc);
      return h('tr', { 'data-key': `${row.deviceId}/${row.moduleId ?? ''}` }, h('th', { scope: 'row' }, doorLink(row.deviceId)), h('td', null, h('span', { class: `tag ${look}` }, words)),
        h('td', null, isFailed(row) ? causeOf(row) : row.outcome?.deviceMethodResponse ? `answered ${row.outcome.deviceMethodResponse.status}` : ''),
        h('td', { title: changed ? utc(changed) : null }, changed ? local(changed) : ''));
    }));
    this.#drawFailures();
    this.#drawProgress();
    this.#drawActions();
    if (over(this.#job) && this.#rows.final && this.#watched) {
      this.#watched = false;
      this.app.announce(`The job is over: ${statusWords[this.#job.status]}. ${this.progress.textContent}`);
    }
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
    try {
      const jobs = retryJobs(this.#job, await this.app.api.all(rowsQuery(this.id, 'undone'), Infinity, this.#gone.signal));
      for (const job of jobs) await this.app.api.createJob(job);
      this.app.announce(`${jobs.length === 1 ? 'A job' : `${jobs.length} jobs`} created for the doors that are not done`);
      location.hash = jobs.length === 1 ? `#/job/${jobs[0].jobId}` : '#/jobs';
    } catch (error) {
      say(this.problem, `The retry could not be created: ${error.message}`);
      this.retry.disabled = false;
    }
  }
}
