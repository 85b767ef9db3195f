// Server-sent events over fetch: an EventSource cannot carry a token in a header.
import { readError } from './api.js';

// Takes text as it comes and gives whole events: {id, kind, data}.
export class EventParser {
  #rest = '';

  feed(text) {
    this.#rest += text.replaceAll('\r', '');
    const blocks = this.#rest.split('\n\n');
    this.#rest = blocks.pop();
    const events = [];
    for (const block of blocks) {
      const event = { id: null, kind: 'message', data: '' };
      for (const line of block.split('\n')) {
        const at = line.indexOf(':');
        if (at <= 0) continue;  // a comment: the hub's heartbeat
        const value = line.slice(at + 1).replace(/^ /, '');
        const name = line.slice(0, at);
        if (name === 'id') event.id = value;
        else if (name === 'event') event.kind = value;
        else if (name === 'data') event.data += (event.data ? '\n' : '') + value;
      }
      if (event.data) events.push(event);
    }
    return events;
  }
}

async function* read(response, onBytes) {
  const parser = new EventParser();
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      onBytes?.();
      for (const event of parser.feed(value)) yield event;
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

// What the log holds of one device, oldest first; `take` gets {id, kind, data} with data parsed.
export async function readLog(api, { device, since, signal }, take) {
  const query = new URLSearchParams({ device, since: new Date(since).toISOString(), follow: 'false' });
  const response = await api.request('GET', `/lockhub/v1/events?${query}`, { signal });
  for await (const event of read(response)) {
    if (event.kind !== 'gap') take({ ...event, data: JSON.parse(event.data) });
  }
}

const silence = 40_000;  // the hub says something at least every 15 s
export const pauses = { shortest: 1000, longest: 15_000 };  // ms between two tries of a cut stream

// A view hears the stream until `gone` is aborted: `event` gets each {id, kind, data}, `live` is called whenever what is
// shown has to be read anew.
export function follow(feed, gone, { event, live }) {
  feed.addEventListener('event', ({ detail }) => event(detail), { signal: gone });
  feed.addEventListener('state', ({ detail }) => { if (detail.state === 'live') live(); }, { signal: gone });
}

// The one stream of a page. Emits: event {id, kind, data}, state 'connecting' | 'live' | 'cut'.
// Each 'live' but the first comes after a cut: what is shown has to be read anew then.
export class EventFeed extends EventTarget {
  state = 'connecting';
  since = Date.now();
  received = 0;
  reason = '';
  nextTry = null;  // while it is cut: when it is tried again, as Date.now(); null while it is tried
  #last = null;
  #abort = new AbortController();
  #wake = null;

  constructor(api) {
    super();
    this.api = api;
    this.#run();
  }

  close() {
    this.#abort.abort();
    this.#wake?.();
  }

  // Tries again now, if it is cut and waits.
  hurry() {
    this.nextTry = null;
    this.#wake?.();
  }

  #to(state, reason = '') {
    if (this.state === state && this.reason === reason) return;
    if (this.state !== state) this.since = Date.now();
    this.state = state;
    this.reason = reason;
    this.dispatchEvent(new CustomEvent('state', { detail: { state, reason } }));
  }

  async #run() {
    let pause = pauses.shortest;
    while (!this.#abort.signal.aborted) {
      const began = Date.now();
      try {
        const again = await this.#once();
        if (again) {  // the hub asked for a new token
          if (this.#last === null) this.#to('connecting');  // nothing to go on behind: read anew
          continue;
        }
        this.#to('cut', 'the hub has closed the stream');
      } catch (error) {
        if (this.#abort.signal.aborted) return;
        if (error.status === 401) pause = pauses.longest;  // the policy has lost its right, and may get it again
        this.#to('cut', error.message);
      }
      if (Date.now() - began > 20_000) pause = pauses.shortest;
      await this.#sleep(pause * (0.5 + Math.random() / 2));
      pause = Math.min(pauses.longest, pause * 1.6);
    }
  }

  async #sleep(milliseconds) {
    this.nextTry = Date.now() + milliseconds;
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wake = () => { clearTimeout(timer); resolve(); };
    });
    this.#wake = null;
    this.nextTry = null;
  }

  async #once() {
    const headers = this.#last === null ? {} : { 'Last-Event-ID': this.#last };
    const connection = new AbortController();
    const end = () => connection.abort();
    this.#abort.signal.addEventListener('abort', end, { once: true });
    let timer = setTimeout(end, silence);
    try {
      const response = await this.api.request('GET', '/lockhub/v1/events', { headers, signal: connection.signal });
      this.#to('live');
      const alive = () => {
        clearTimeout(timer);
        timer = setTimeout(end, silence);
      };
      for await (const event of read(response, alive)) {
        if (event.kind === 'expired') {
          this.api.session.forgetToken();
          return true;
        }
        if (event.kind === 'dropped') throw readError(0, 'this page was too slow for the stream');
        if (event.id !== null) this.#last = event.id;
        this.received += 1;
        this.dispatchEvent(new CustomEvent('event', { detail: { ...event, data: JSON.parse(event.data) } }));
      }
      return false;
    } catch (error) {
      if (error.name === 'AbortError') throw readError(0, 'the hub has been silent for too long');
      throw error.status === undefined ? readError(0, 'the connection to the hub broke') : error;
    } finally {
      clearTimeout(timer);
      this.#abort.signal.removeEventListener('abort', end);
    }
  }
}
