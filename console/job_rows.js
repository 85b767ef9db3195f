// The rows of a job, as many as somebody looks at, and those that failed: read while it goes on, and once more at its end.
import { rowsQuery } from './job_facts.js';

const page = 200;              // rows that are shown at first, and more at a time
export const bounds = { failed: 10_000 };  // failures that are read; a job may have more doors
const between = 2000;          // ms between two readings, or
const share = 10;              // so many times as long as one took: a large job is looked at less often

export class JobRows {
  rows = [];           // those of `state`
  more = false;        // there are more than were read
  state = '';          // as for rowsQuery(); '' is all
  failed = [];
  failedWhole = true;  // false: there are more than bounds.failed
  final = false;       // read since the job was over: nothing changes any more
  #api;
  #jobId;
  #gone;
  #changed;
  #chosen = '';
  #wanted = page;
  #timer = null;
  #reading = false;
  #again = false;
  #urgent = false;
  #last = false;
  #next = 0;           // not to be read before that, as performance.now()

  // `changed` is called after each reading, with a sentence if it failed.
  constructor(api, jobId, gone, changed) {
    this.#api = api;
    this.#jobId = jobId;
    this.#gone = gone;
    this.#changed = changed;
    gone.addEventListener('abort', () => clearTimeout(this.#timer));
  }

  choose(state) {
    this.#chosen = state;
    this.#want(page);
  }

  showMore() { this.#want(this.rows.length + page); }

  // The job is over: at once.
  readLast() {
    this.#last = true;
    this.#want(this.#wanted);
  }

  // Somebody waits for it: at once, or right behind the reading that is under way.
  #want(rows) {
    this.#wanted = rows;
    this.#urgent = true;
    this.#next = 0;
    this.read();
  }

  // Soon, and once more if it is called meanwhile.
  read() {
    if (this.#reading) {
      this.#again = true;
      return;
    }
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#read(), Math.max(0, this.#next - performance.now()));
  }

  async #read() {
    this.#reading = true;
    this.#urgent = false;
    const began = performance.now();
    let problem;
    try {
      const [wanted, state, last] = [this.#wanted, this.#chosen, this.#last];
      const [failed, shown] = await Promise.all([this.#rowsOf('failed', bounds.failed), state === 'failed' ? null : this.#rowsOf(state, wanted)]);
      [this.failed, this.failedWhole] = [failed.rows, !failed.more];
      this.state = state;
      this.final = last;
      this.rows = shown ? shown.rows : failed.rows.slice(0, wanted);
      this.more = shown ? shown.more : failed.rows.length > wanted || failed.more;
    } catch (error) {
      problem = error.message;
    }
    this.#reading = false;
    if (this.#gone.aborted) return;
    const now = performance.now();
    this.#next = this.#urgent ? 0 : now + Math.max(between, (now - began) * share);
    this.#changed(problem);
    if (this.#again) {
      this.#again = false;
      this.read();
    }
  }

  async #rowsOf(state, most) {
    const rows = [];
    let rest = false;
    await this.#api.each(rowsQuery(this.#jobId, state), (some) => {
      if (rows.length >= most) rest = true;
      else rows.push(...some);
      return !rest;
    }, this.#gone);
    return { rows: rows.slice(0, most), more: rest || rows.length > most };
  }
}
