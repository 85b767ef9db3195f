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
const longestPause = 15_000;

// The one stream of a page. Emits: event {id, kind, data}, state 'connecting' | 'live' | 'cut'.
// Each 'live' but the first comes after a cut: what is shown has to be read anew then.
export class EventFeed extends EventTarget {
  state = 'connecting';
  since = Date.now();
  received = 0;
  reason = '';
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

  // Tries again now.
  hurry() { this.#wake?.(); }

  #to(state, reason = '') {
    if (this.state === state && this.reason === reason) return;
    if (this.state !== state) this.since = Date.now();
    this.state = state;
    this.reason = reason;
    this.dispatchEvent(new CustomEvent('state', { detail: { state, reason } }));
  }

  async #run() {
    let pause = 1000;
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
        this.#to('cut', error.message);
        if (error.status === 401) return;
      }
      if (Date.now() - began > 20_000) pause = 1000;
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, pause * (0.5 + Math.random() / 2));
        this.#wake = () => { clearTimeout(timer); resolve(); };
      });
      this.#wake = null;
      pause = Math.min(longestPause, pause * 1.6);
    }
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
