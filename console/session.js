// Who is signed in. The key never leaves this object and cannot be read out of it; the token lives minutes.
import { importKey, makeToken } from './sas.js';
import { span } from './time.js';

export const lifetime = { seconds: 600 };

export class Session {
  #key;
  #token = null;
  #made = 0;
  #ends = 0;
  #offset = 0;  // of the hub's clock to this one, milliseconds

  constructor(policy, key) {
    this.policy = policy;
    this.rights = new Set();
    this.hub = {};
    this.#key = key;
  }

  // Asks the hub who this is; throws with a sentence if it will not say.
  static async open(policy, base64) {
    const key = await importKey(base64);
    const began = Date.now();
    const answer = await fetch('/healthz', { cache: 'no-store' });
    const session = new Session(policy, key);
    session.hear(answer.headers.get('Date'), began);
    return session;
  }

  // Sets the clock by an answer that has just come to what was asked at `began` by this machine's clock, which may be wrong,
  // and may be put right meanwhile.
  hear(date, began) {
    const now = Date.now();
    const offset = Date.parse(date ?? '') - now;
    const sure = 3000 + Math.max(0, now - began);  // the hub tells whole seconds, and told them somewhere on the way
    if (Math.abs(offset - this.#offset) > sure) this.#offset = offset;
  }

  // How far this machine's clock is off the hub's, in words; empty while nobody would mind.
  get clockText() {
    const off = Math.round(-this.#offset / 1000);
    return Math.abs(off) < 30 ? '' : `This machine’s clock is ${span(Math.abs(off))} ${off > 0 ? 'ahead of' : 'behind'} the hub’s. Times here are the hub’s.`;
  }

  now() { return Date.now() + this.#offset; }
  may(right) { return this.rights.has(right); }
  get tokenEnds() { return this.#ends; }  // by the hub's clock, as now()
  get tokenMade() { return this.#made; }

  // A token that is good for a while; made anew when a quarter of its life is left.
  async token() {
    const now = this.now();
    if (this.#token === null || this.#ends - now < lifetime.seconds * 250) {
      const expiry = Math.ceil(now / 1000) + lifetime.seconds;
      this.#token = await makeToken({ resource: location.hostname, policy: this.policy, key: this.#key, expiry });
      this.#made = now;
      this.#ends = expiry * 1000;
    }
    return this.#token;
  }

  forgetToken() { this.#token = null; }
}
