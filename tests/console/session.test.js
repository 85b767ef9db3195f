// Signing in and what ends it, the stream and what cuts it, rights and guesses.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ConsoleRig, inspect, patience, signIn, tile, until } from './harness.js';

let rig;
before(async () => {
  rig = await ConsoleRig.start(['--token-grace', '0']);
  await Promise.all([rig.door('door-1', { building: 43, floor: 3 }), rig.door('door-2', { building: 43, floor: 4 })]);
});
after(() => rig?.stop());

test('a wrong key is refused with the reason, and a right one let in', async () => {
  const page = await rig.page();
  await signIn(page, 'bm90IGEga2V5', 'iothubowner');
  await page.getByRole('alert').filter({ hasText: 'does not fit' }).waitFor();
  await signIn(page, 'hello', 'iothubowner');
  await page.getByRole('alert').filter({ hasText: 'not base64' }).waitFor();
  await signIn(page, rig.connection);
  await tile(page, 'door-1').waitFor();
  assert.equal(await page.evaluate(() => Object.keys(localStorage).length + Object.keys(sessionStorage).length + document.cookie.length), 0);
  assert.doesNotMatch(page.url(), /Key|sig/i);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel(/^Key/).waitFor();
  assert.equal(await page.getByLabel(/^Key/).inputValue(), '');
  await page.context().close();
});

test('a cut stream is said, with a button that stays, and what was missed is read', async () => {
  const page = await rig.page();
  // Never by itself: what the button does is to be seen.
  await page.evaluate(async () => { const { pauses } = await import('/console/events.js'); pauses.shortest = pauses.longest = 3_600_000; });
  await signIn(page, rig.connection);
  await tile(page, 'door-1').waitFor();
  await page.locator('.feed[data-state=live]').waitFor();
  await rig.hub.stop('SIGKILL');
  await page.getByText(/No connection to the hub since/).waitFor();
  await tile(page, 'door-1').filter({ hasText: 'not followed now' }).waitFor();
  await page.getByText(/Tries again in \d+ s/).waitFor();
  await inspect(page, 'cut', { picture: false });
  const button = page.getByRole('button', { name: 'Try now' });
  const element = await button.elementHandle();
  await Promise.all([page.waitForEvent('requestfailed', (request) => /\/lockhub\/v1\/events/.test(request.url())), button.click()]);
  await page.getByText(/: the hub does not answer\./).waitFor();  // another reason than the first
  await page.getByText(/Tries again in \d+ s/).waitFor();
  assert.equal(await element.evaluate((each) => each.isConnected && each === document.activeElement), true, 'the button is the same, and has the focus');
  await rig.startHub();
  await rig.lockctl('twin', 'tag', 'door-2', 'building=47');
  assert.equal(await page.getByRole('heading', { name: /Building 47/ }).count(), 0);
  await button.click();
  await page.locator('.feed[data-state=live]').waitFor();
  await button.waitFor({ state: 'hidden' });
  assert.equal(await page.evaluate(() => document.activeElement.id), 'main', 'who stood on the button stands somewhere');
  await page.getByRole('heading', { name: /Building 47/ }).waitFor();
  await page.context().close();
});

test('a cut stream comes back by itself', async () => {
  const page = await rig.signedIn();
  await tile(page, 'door-1').waitFor();
  await page.locator('.feed[data-state=live]').waitFor();
  await rig.hub.stop('SIGKILL');
  await page.getByText(/No connection to the hub since/).waitFor();
  await rig.startHub();
  await page.locator('.feed[data-state=live]').waitFor();
  await page.getByText(/No connection to the hub since/).waitFor({ state: 'hidden' });
  await until(async () => await tile(page, 'door-1').getAttribute('data-state') === 'locked', 'door-1 is back', 2 * patience);
  await page.context().close();
});

test('a token that ends is followed by another, a key that ends by the way to sign in', async () => {
  const page = await rig.page();
  await page.evaluate(async () => { (await import('/console/session.js')).lifetime.seconds = 16; });
  const tokens = new Set();
  page.on('request', (request) => { if (/\/lockhub\/v1\/events/.test(request.url())) tokens.add(request.headers().authorization); });
  await signIn(page, rig.connection);
  await tile(page, 'door-1').waitFor();
  await until(() => tokens.size >= 2, 'the stream goes on with another token');
  await page.locator('.feed[data-state=live]').waitFor();
  await rig.lockctl('twin', 'tag', 'door-2', 'building=45');
  await page.getByRole('heading', { name: /Building 45/ }).waitFor();
  await page.context().close();

  const other = await rig.page();
  await signIn(other, await rig.policy('guest', 'serviceConnect'));
  await tile(other, 'door-1').waitFor();
  await rig.policy('guest', 'registryRead');  // its rights change: what was opened with it ends
  await until(async () => (await other.getByText(/No connection to the hub since|needs the right|no longer takes/).count()) > 0, 'it is told');
  await rig.policy('guest', 'serviceConnect');  // and come back: the page finds out by itself
  await other.locator('.feed[data-state=live]').waitFor();
  await other.context().close();
});

test('a policy without ServiceConnect is told what is missing', async () => {
  const page = await rig.page();
  await signIn(page, await rig.policy('reader', 'registryRead'));
  await page.getByRole('heading', { name: /needs the right ServiceConnect/ }).waitFor();
  await inspect(page, 'refused', { picture: false });
  await page.context().close();
});

test('who guesses keys waits, who has one does not', async () => {
  const page = await rig.signedIn();
  await tile(page, 'door-1').waitFor();
  // Ten a minute are free; a minute may end while they are counted.
  const tries = await page.evaluate(async () => {
    for (let i = 1; i <= 40; ++i) {
      const began = performance.now();
      const { status } = await fetch('/lockhub/v1/capabilities', { headers: { Authorization: 'SharedAccessSignature sr=h&sig=AAAA&se=9999999999&skn=service' } });
      if (status !== 401) return `${status}`;
      if (performance.now() - began >= 950) return i;
    }
    return Infinity;
  });
  assert.ok(tries <= 25, `after ${tries} tries a guess is held back`);
  // The quickest of five, so that a busy machine is not taken for a hub that holds back.
  const quickest = await page.evaluate(async (connection) => {
    const [{ Api }, { Session }, { parseConnectionString }] = await Promise.all(['api', 'session', 'sas'].map((name) => import(`/console/${name}.js`)));
    const { policy, key } = parseConnectionString(connection);
    const api = new Api(await Session.open(policy, key));
    let least = Infinity;
    for (let i = 0; i < 5; ++i) {
      const began = performance.now();
      await api.capabilities();
      least = Math.min(least, performance.now() - began);
    }
    return least;
  }, rig.connection);
  assert.ok(quickest < 950, `a good key is answered after ${quickest} ms`);
  await page.context().close();
});
