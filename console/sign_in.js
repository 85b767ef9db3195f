// Policy and key in, a session out.
import { Api } from './api.js';
import { field, h, say } from './dom.js';
import { parseConnectionString } from './sas.js';
import { Session } from './session.js';

export class SignInView {
  title = 'Sign in';

  constructor(onSession, reason = '') {
    this.onSession = onSession;
    this.policy = h('input', { type: 'text', name: 'policy', value: 'iothubowner', autocomplete: 'off', spellcheck: 'false', autocapitalize: 'off', required: true });
    this.key = h('input', { type: 'password', name: 'key', autocomplete: 'off', spellcheck: 'false', required: true });
    this.problem = h('p', { class: 'problem', role: 'alert' });
    this.button = h('button', { type: 'submit', class: 'primary' }, 'Sign in');
    this.element = h('div', { class: 'view sign-in' },
      h('form', { class: 'card', onsubmit: (event) => { event.preventDefault(); this.#submit(); } },
        h('h1', null, 'Doorlock'),
        h('p', null, 'Sign in with one of the hub’s shared access policies.'),
        this.problem,
        field('Policy', this.policy),
        field('Key, or a whole connection string', this.key,
          'On the hub’s machine, “lockctl.json” in its data directory holds one. The key stays in this page’s memory and is never sent: it signs tokens that last ten minutes.'),
        this.button));
    say(this.problem, reason);
  }

  focus() { (this.policy.value ? this.key : this.policy).focus(); }
  close() {}

  async #submit() {
    say(this.problem, '');
    const pasted = parseConnectionString(this.key.value);
    const policy = pasted?.policy ?? this.policy.value.trim();
    const key = pasted?.key ?? this.key.value;
    this.button.disabled = true;
    try {
      const session = await Session.open(policy, key);
      const hub = await new Api(session).capabilities();
      session.hub = hub;
      session.rights = new Set((hub.rights ?? '').split(',').map((right) => right.trim()).filter(Boolean));
      if (session.rights.has('RegistryWrite')) session.rights.add('RegistryRead');
      this.key.value = '';
      this.onSession(session);
    } catch (error) {
      const text = error instanceof TypeError ? 'the hub does not answer' : error.message;
      say(this.problem, `Not signed in: ${text}.`.replace(/\.\.$/, '.'));
      this.key.focus();
    } finally {
      this.button.disabled = false;
    }
  }
}
