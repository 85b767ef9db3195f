// Looks at the hub's figures as long as somebody is signed in, and keeps an hour of them.
import { figures, parseMetrics } from './metrics.js';

const between = 5000;
const hour = 3_600_000;

export class Sampler extends EventTarget {
  points = [];
  last = null;   // {time, metrics}
  problem = '';
  #timer;

  constructor(api) {
    super();
    this.api = api;
    this.#timer = setInterval(() => this.look(), between);
    this.look();
  }

  close() { clearInterval(this.#timer); }

  async look() {
    try {
      const now = { time: this.api.session.now(), metrics: parseMetrics(await this.api.metrics()) };
      if (this.last) this.points.push(figures(this.last, now));
      this.last = now;
      this.problem = '';
      while (this.points.length && this.points[0].time < now.time - hour) this.points.shift();
    } catch (error) {
      this.problem = error.message;
    }
    this.dispatchEvent(new Event('change'));
  }
}
