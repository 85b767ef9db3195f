// What stands above every view while the stream is cut: since when, why, and when it is tried again.
import { h, say } from './dom.js';
import { clockTime } from './time.js';

export class CutBanner {
  #element;
  #feed = null;
  #text = h('span', { role: 'status' });
  #next = h('small');
  // One button for good: whoever is about to press it, or stands on it, keeps it.
  #button = h('button', { type: 'button', onclick: () => this.#hurry() }, 'Try now');

  constructor(element) {
    this.#element = element;
    element.hidden = true;
    element.append(h('span', null, this.#text, ' ', this.#next), this.#button);
  }

  // To be called once a second, and whenever the feed's state changes; `feed` may be null.
  tell(feed) {
    this.#feed = feed;
    const cut = feed?.state === 'cut';
    if (!cut && this.#element.contains(document.activeElement)) document.getElementById('main').focus({ preventScroll: true });
    this.#element.hidden = !cut;
    if (!cut) return;
    say(this.#text, `No connection to the hub since ${clockTime(feed.since)}: ${feed.reason}. What you see was true then and may not be now.`);
    const left = Math.ceil((feed.nextTry - Date.now()) / 1000);
    say(this.#next, feed.nextTry === null || left <= 0 ? 'Trying now…' : `Tries again in ${left} s.`);
  }

  #hurry() {
    this.#feed?.hurry();
    this.tell(this.#feed);
  }
}
