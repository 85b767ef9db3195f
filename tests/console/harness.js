// A real Chromium before a real lockhub with real doors.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import https from 'node:https';
import net from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const require = createRequire(import.meta.url);
const { Rig, sleep } = require('../interop/harness.js');
const here = path.dirname(fileURLToPath(import.meta.url));
const axeSource = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const bin = process.env.DOORLOCK_BIN;

export { sleep };
export const patience = 90_000;  // for one step: a machine that is busy with other tests is many times slower
export const pictures = process.env.CONSOLE_PICTURES ?? '';  // a directory: the tests leave screenshots there

export async function until(condition, what, ms = patience) {
  const deadline = Date.now() + ms;
  for (;;) {
    const result = await condition();
    if (result) return result;
    if (Date.now() > deadline) throw new Error(`not within ${ms} ms: ${what}`);
    await sleep(50);
  }
}

export class ConsoleRig extends Rig {
  static async start(hubOptions = []) {
    const rig = await super.start.call(Rig, hubOptions);
    Object.setPrototypeOf(rig, ConsoleRig.prototype);
    rig.pages = [];
    rig.browser = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--disable-dev-shm-usage', '--disable-gpu'], timeout: patience,
    });
    return rig;
  }

  get url() { return `https://localhost:${this.httpsPort}/`; }

  // A policy with these rights: its connection string.
  async policy(name, rights) {
    return /HostName=\S+/.exec(await this.lockctl('policy', 'add', name, '--rights', rights))[0];
  }

  // The key of iothubowner, as an operator finds it.
  get connection() { return JSON.parse(fs.readFileSync(path.join(this.data, 'lockctl.json'), 'utf8')).connectionString; }

  // A door with a contact, a fire loop and a control socket.
  async door(id, { building, floor, resting = 'locked' } = {}) {
    const home = path.join(this.directory, id);
    fs.mkdirSync(home);
    await this.lockctl('device', 'add', id, '--connection-file', path.join(home, 'connection'));
    if (building !== undefined) await this.lockctl('twin', 'tag', id, `building=${building}`, `floor=${floor}`);
    const config = fs.readFileSync(path.join(here, 'door.json'), 'utf8').replaceAll('@CA@', this.ca).replaceAll('@RESTING@', resting);
    fs.writeFileSync(path.join(home, 'doorlockd.json'), config);
    const door = this.spawn(path.join(bin, 'doorlockd'),
      ['--config', path.join(home, 'doorlockd.json'), '--simulate', '--control', path.join(home, 'control')]);
    await door.says(/event=connected/, patience);
    await door.says(new RegExp(`event=bolt state=${resting}`), patience);
    return door;
  }

  // One command to the simulated wiring of a door; resolves to its answer.
  control(id, command) {
    return new Promise((resolve, reject) => {
      let answer = '';
      const socket = net.connect(path.join(this.directory, id, 'control'), () => socket.write(`${command}\n`));
      socket.setTimeout(patience, () => socket.destroy(new Error(`no answer to ${command}`)));
      socket.on('data', (data) => {
        answer += data;
        if (answer.includes('\n')) socket.end();
      });
      socket.once('error', reject);
      socket.once('close', () => resolve(answer.trim()));
    });
  }

  // Puts a door right that was forced: its bolt is out, so it has to be drawn back before the door can close.
  async release(id) {
    await this.lockctl('unlock', id, '--for', '10m');
    await this.close(id);
    await this.lockctl('lock', id);
  }

  // Closes doors; resolves when they have said so: their contacts are listened to for a while before they are believed.
  async close(...ids) {
    for (const id of ids) assert.match(await this.control(id, 'door close'), /^ok/);
    for (const id of ids) await until(async () => /"door":\s*"closed"/.test(await this.lockctl('-o', 'json', 'twin', 'show', id)), `${id} is closed`);
  }

  // `count` simulated doors; ready when all are.
  async fleet(count, ...options) {
    const fleet = this.spawn(path.join(bin, 'lockctl'),
      ['--connection-file', path.join(this.data, 'lockctl.json'), 'simulate', '-n', String(count), ...options]);
    await fleet.says(new RegExp(`"ready":\\s*${count}\\b`), 90_000 + count * 30);
    return fleet;
  }

  // `ahead`: how many seconds this viewer's clock is before the hub's.
  async page({ theme = 'light', width = 1280, height = 800, touch = false, zone, ahead = 0 } = {}) {
    const context = await this.browser.newContext({
      ignoreHTTPSErrors: true, colorScheme: theme, viewport: { width, height }, hasTouch: touch, isMobile: touch,
      reducedMotion: 'reduce', locale: 'en-GB', acceptDownloads: true, ...(zone ? { timezoneId: zone } : {}),
    });
    const page = await context.newPage();
    page.setDefaultTimeout(patience);
    page.problems = [];
    page.on('pageerror', (error) => page.problems.push(`error: ${error.stack}`));
    page.on('console', (message) => {
      if (/Content Security Policy|Trusted/i.test(message.text())) page.problems.push(message.text());
    });
    await page.addInitScript(() => {
      window.violations = [];
      document.addEventListener('securitypolicyviolation', (event) => window.violations.push(`${event.violatedDirective} ${event.blockedURI}`));
    });
    if (ahead) {
      await page.addInitScript((seconds) => {
        const TrueDate = Date;
        globalThis.Date = class extends TrueDate {
          constructor(...given) { super(...(given.length ? given : [TrueDate.now() + seconds * 1000])); }
          static now() { return TrueDate.now() + seconds * 1000; }
        };
      }, ahead);
    }
    if (process.env.CONSOLE_SOURCE) await this.serveSource(page);
    this.pages.push(page);
    await page.goto(this.url);
    return page;
  }

  // While the console is worked on: its files as they stand in a directory, under the hub's own headers, without a build.
  async serveSource(page) {
    const { headers } = await new Promise((resolve, reject) => {
      https.get(`${this.url}console/`, { rejectUnauthorized: false }, (response) => { response.resume(); resolve(response); }).once('error', reject);
    });
    const types = { html: 'text/html', css: 'text/css', js: 'text/javascript', svg: 'image/svg+xml' };
    await page.route('**/console/*', (route) => {
      const name = new URL(route.request().url()).pathname.split('/').pop() || 'index.html';
      return route.fulfill({
        path: path.join(process.env.CONSOLE_SOURCE, name),
        headers: { 'content-security-policy': headers['content-security-policy'], 'content-type': types[name.split('.').pop()] },
      });
    });
  }

  async signedIn(options) {
    const page = await this.page(options);
    await signIn(page, this.connection);
    return page;
  }

  // What must be true of every page, whatever was done with it.
  async stop() {
    try {
      for (const page of this.pages) {
        if (page.isClosed()) continue;
        assert.deepEqual(page.problems, []);
        assert.deepEqual(await page.evaluate(() => window.violations), [], 'violations of the Content-Security-Policy');
      }
    } finally {
      await this.browser.close();
      await super.stop();
    }
  }
}

export async function signIn(page, key, policy) {
  if (policy) await page.getByLabel('Policy', { exact: true }).fill(policy);
  await page.getByLabel(/^Key/).fill(key);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

// How long a hold takes on this page: with minutes of it nothing that is meant as a tap becomes one, however slow the machine.
export const holdsTake = (page, milliseconds) =>
  page.evaluate(async (long) => { (await import('/console/hold.js')).holding.milliseconds = long; }, milliseconds);

export const go = (page, hash) => page.evaluate((to) => { location.hash = to; }, hash);

// The tile of a door on the floor.
export const tile = (page, id) => page.locator(`a.tile[data-id="${id}"]`);

// No violation, light and dark; and a picture of each, if asked for.
export async function inspect(page, name, { picture = true } = {}) {
  for (const theme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme: theme });
    await page.evaluate(axeSource);
    const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
    assert.deepEqual(violations.map((each) => `${each.id}: ${each.nodes.map((node) => `${node.html} ${node.any[0]?.message ?? ''}`).slice(0, 3).join(' | ')}`), [], `axe-core, ${name}, ${theme}`);
    if (pictures && picture) {
      fs.mkdirSync(pictures, { recursive: true });
      await page.screenshot({ path: path.join(pictures, `console-${name}-${theme}.png`) });
    }
  }
  await page.emulateMedia({ colorScheme: 'light' });
}

const held = (button) => button.evaluate((each) => each.isConnected && each.classList.contains('holding')).catch(() => false);

// Holds a button as long as it wants, with the pointer: until the page says that it has been long enough.
export async function hold(page, locator) {
  await locator.waitFor();
  const button = await locator.elementHandle();
  await button.evaluate((each) => {
    each.presses = 0;
    each.addEventListener('pointerdown', () => { each.presses += 1; });
  });
  // A page that grows may push the button away between looking and pressing: then nothing was pressed.
  await until(async () => {
    await locator.hover();
    await page.mouse.down();
    if (await button.evaluate((each) => each.presses) > 0) return true;
    await page.mouse.up();
    return false;
  }, 'the button is pressed');
  await until(async () => !await held(button), 'the button has been held for long enough');
  await page.mouse.up();
}

// The same with a key.
export async function holdKey(page, locator, key) {
  const button = await locator.elementHandle();
  await button.focus();
  await page.keyboard.down(key);
  await until(async () => !await held(button), 'the key has been held for long enough');
  await page.keyboard.up(key);
}
