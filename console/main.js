// The console: who is signed in, what is shown, and whether it is still true.
import { announcer } from './announcer.js';
import { Api } from './api.js';
import { CutBanner } from './cut_banner.js';
import { h, replace, say } from './dom.js';
import { DoorView } from './door_view.js';
import { EventFeed } from './events.js';
import { Fleet } from './fleet.js';
import { FloorView } from './floor_view.js';
import { JobFormView } from './job_form.js';
import { JobView } from './job_view.js';
import { JobsView } from './jobs_view.js';
import { QueryView } from './query_view.js';
import { Sampler } from './sampler.js';
import { SignInView } from './sign_in.js';
import { SystemView } from './system_view.js';
import { themeButton } from './theme.js';

// `right`: what the view's calls need; a session without it is told so instead.
const views = [
  { path: 'floor', name: 'Floor', right: 'ServiceConnect', make: FloorView },
  { path: 'door', menu: 'floor', right: 'ServiceConnect', make: DoorView },
  { path: 'jobs', name: 'Jobs', right: 'ServiceConnect', make: JobsView },
  { path: 'job', menu: 'jobs', right: 'ServiceConnect', make: JobView },
  { path: 'new-job', menu: 'jobs', right: 'ServiceConnect', make: JobFormView },
  { path: 'query', name: 'Query', right: 'ServiceConnect', make: QueryView },
  { path: 'system', name: 'System', right: 'ServiceConnect', make: SystemView },
];
const home = 'floor';

// An address that somebody typed may hold what no encoder writes.
function decoded(text) {
  try { return decodeURIComponent(text); } catch { return text; }
}

class App {
  session = null;
  api = null;
  feed = null;
  fleet = null;
  sampler = null;
  announce = announcer(document.getElementById('live'));
  #header = document.getElementById('header');
  #banner = new CutBanner(document.getElementById('banner'));
  #main = document.getElementById('main');
  #view = null;
  #theme = themeButton();

  start() {
    addEventListener('hashchange', () => this.#route());
    addEventListener('online', () => this.feed?.hurry());
    document.querySelector('.skip').addEventListener('click', (event) => {
      event.preventDefault();  // the address names the view
      this.#main.focus();
    });
    setInterval(() => this.#tell(), 1000);
    this.signOut();
  }

  signOut(reason = '') {
    this.#view?.close();
    this.#view = null;
    this.feed?.close();
    this.fleet?.close();
    this.sampler?.close();
    this.session = this.api = this.feed = this.fleet = this.sampler = null;
    this.#show(new SignInView((session) => this.#signIn(session), reason));
    this.#drawHeader('');
    this.#tell();
  }

  #signIn(session) {
    this.session = session;
    this.api = new Api(session, (message) => {
      if (this.session === session) this.signOut(`The hub no longer takes this session’s tokens: ${message}.`);
    });
    if (session.may('ServiceConnect')) {
      this.feed = new EventFeed(this.api);
      this.feed.addEventListener('state', ({ detail }) => {
        if (this.session !== session) return;
        if (detail.state !== 'connecting') this.announce(detail.state === 'live' ? 'Following the hub live' : 'The connection to the hub is cut');
        this.#tell();
        this.#view?.redraw?.();
      });
      this.fleet = new Fleet(this.api, this.feed);
      this.sampler = new Sampler(this.api);
    }
    this.#route();
    this.#main.focus();
    this.announce(`Signed in as ${session.policy}`);
  }

  #route() {
    if (!this.session) return;
    const [path, query = ''] = location.hash.replace(/^#\/?/, '').split('?');
    const [name, ...rest] = path.split('/');
    const found = views.find((view) => view.path === name) ?? views.find((view) => view.path === home);
    this.#drawHeader(found.menu ?? found.path);
    if (found.right && !this.session.may(found.right)) return this.#show(new RefusedView(this, found));
    this.#show(new found.make(this, new URLSearchParams(query), rest.map(decoded)));
  }

  #show(view) {
    const moved = this.#view !== null && this.session !== null;
    this.#view?.close();
    this.#view = view;
    replace(this.#main, view.element);
    document.title = `${view.title} · Doorlock`;
    scrollTo(0, 0);
    if (view.focus) view.focus();
    else if (moved) this.#main.focus({ preventScroll: true });
    view.shown?.();
  }

  #drawHeader(current) {
    const links = views.filter((view) => view.name).map((view) => {
      const may = !view.right || this.session?.may(view.right);
      return h('a', {
        href: `#/${view.path}`, 'aria-current': view.path === current ? 'page' : null,
        class: may ? null : 'refused', title: may ? null : `Needs the right ${view.right}`,
      }, view.name);
    });
    this.state = h('span', { class: 'feed' });
    replace(this.#header,
      h('a', { class: 'brand', href: '#/floor' }, 'Doorlock'),
      this.session ? h('nav', { 'aria-label': 'Views' }, links) : null,
      h('div', { class: 'header-end' },
        this.session && this.feed ? this.state : null,
        this.session ? h('span', { class: 'who', title: `Rights: ${this.session.hub.rights}` }, this.session.policy) : null,
        this.#theme,
        this.session ? h('button', { type: 'button', class: 'quiet', onclick: () => this.signOut() }, 'Sign out') : null));
    this.#tell();
  }

  // Whether what is shown is still true, always in the same place.
  #tell() {
    const { feed } = this;
    document.documentElement.dataset.feed = feed?.state ?? 'none';
    this.#banner.tell(feed);
    if (!feed) return;
    say(this.state, { live: 'Live', connecting: 'Connecting', cut: 'Cut' }[feed.state]);
    this.state.dataset.state = feed.state;
  }
}

// In place of a view whose right is missing: what is missing, and who can give it.
class RefusedView {
  constructor(app, view) {
    this.title = view.name ?? 'This view';
    this.element = h('div', { class: 'view' }, h('div', { class: 'card' },
      h('h1', null, `${this.title} needs the right ${view.right}`),
      h('p', null, `The policy “${app.session.policy}” has: ${app.session.hub.rights || 'no right'}. Sign in with a policy that has ${view.right}, such as “service”, or have one made on the hub:`),
      h('pre', null, `lockhub policy add console ${view.right},RegistryRead`)));
  }

  close() {}
}

new App().start();
