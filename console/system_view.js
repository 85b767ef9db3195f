// The hub itself: what it carries, how fast it answers, what it stores, and what will end.
import { makeChart } from './chart.js';
import { h, renew, say } from './dom.js';
import { single, total } from './metrics.js';
import { both, clockTime, span } from './time.js';

const megabytes = (bytes) => (bytes === null ? '–' : `${(bytes / 1e6).toFixed(1)} MB`);
const day = 86_400_000;

export class SystemView {
  title = 'System';

  constructor(app) {
    this.app = app;
    this.charts = [
      makeChart('Doors connected', 'connections', ''), makeChart('Messages of doors', 'messages', 'a second'), makeChart('Calls of methods', 'methods', 'a second'),
      makeChart('Requests', 'requests', 'a second'), makeChart('Answer of a door', 'method', 'ms'), makeChart('Write to the disk', 'commit', 'ms'),
      makeChart('Lateness of the loop', 'loop', 'ms'), makeChart('Event log', 'events', 'MB'), makeChart('Memory of the hub', 'memory', 'MB'),
    ];
    this.state = h('p', { class: 'now-state', role: 'status' });
    this.note = h('p', { class: 'sum' });
    this.facts = h('dl', { class: 'facts' });
    this.ends = h('dl', { class: 'facts' });
    this.element = h('div', { class: 'view' }, h('h1', null, 'System'), this.state, this.note,
      h('div', { class: 'figures' }, this.charts.map((chart) => chart.element)),
      h('div', { class: 'cards lower' }, h('section', { class: 'card' }, h('h2', null, 'What it holds'), this.facts), h('section', { class: 'card' }, h('h2', null, 'What ends'), this.ends)));
    this.#onChange = () => this.#draw();
    app.sampler.addEventListener('change', this.#onChange);
    this.#timer = setInterval(() => this.#ready(), 5000);
    this.#ready();
    this.#draw();
  }

  #onChange; #timer;

  close() {
    this.app.sampler.removeEventListener('change', this.#onChange);
    clearInterval(this.#timer);
  }

  async #ready() {
    try {
      const ready = await this.app.api.ready();
      say(this.state, ready.status === 'ready' ? '✓ Ready: both ports listen, the loop is in time, the disk takes writes' : `✕ Not ready: ${JSON.stringify(ready)}`);
    } catch {
      say(this.state, '✕ The hub does not answer');
    }
  }

  #draw() {
    const { sampler, session } = this.app;
    const now = session.now();
    for (const chart of this.charts) chart.draw(sampler.points, now);
    const first = sampler.points[0];
    say(this.note, sampler.problem ? `The figures could not be read: ${sampler.problem}` : first ? `Looked at every five seconds since ${clockTime(first.time)}, when this page was signed in; an hour is kept, and forgotten with the page.` : 'Looking at the hub for the first time…');
    const metrics = sampler.last?.metrics;
    if (!metrics) return;
    const rows = (metrics.get('lockhub_job_rows') ?? []).map(({ labels, value }) => `${value} ${labels.status}`).join(', ');
    const facts = [['Hub', `lockhub ${session.hub.version ?? ''}`], ['Doors registered', `${single(metrics, 'lockhub_devices')}, ${single(metrics, 'lockhub_devices_enabled')} of them may connect`],
      ['Event log', `${single(metrics, 'lockhub_event_log_events')} events, ${megabytes(single(metrics, 'lockhub_event_log_bytes'))}; ${single(metrics, 'lockhub_event_log_dropped_total')} had to go before their time`],
      ['Rows of jobs', rows || 'none'], ['Messages that wait for doors', single(metrics, 'lockhub_cloud_messages_waiting')], ['Viewers and back ends listening', single(metrics, 'lockhub_event_streams')], ['Clock', session.clockText || 'this machine’s agrees with the hub’s'],
      ['Connections refused', total(metrics, 'lockhub_connects_refused_total')], ['Writes that failed', single(metrics, 'lockhub_commits_failed_total')], ['Open files', single(metrics, 'process_open_fds')]];
    renew(this.facts, facts.map(([name, value]) => [h('dt', null, name), h('dd', null, String(value ?? '–'))]));
    const ends = (metrics.get('lockhub_certificate_end_seconds') ?? []).map(({ labels, value }) => {
      const left = value * 1000 - now;
      const words = `${both(value * 1000)}, in ${Math.floor(left / day)} days`;
      return [labels.file, left < 30 * day ? h('span', { class: 'bad' }, `✕ ${words}`) : words];
    });
    ends.push(['This page’s token', `made ${span((now - session.tokenMade) / 1000)} ago, ends in ${span((session.tokenEnds - now) / 1000)}; another is made before`]);
    renew(this.ends, ends.map(([name, value]) => [h('dt', null, name), h('dd', null, value)]));
  }
}
