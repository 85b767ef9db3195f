// What devices are called and report, what people type, and clocks that are wrong: text stays text, and the page stays whole.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ConsoleRig, go, hold, inspect, tile, until } from './harness.js';

const odd = "a%2Fb?c=d'e'(1)!*@$,:#+";
const long = 'L'.repeat(128);
const markup = '<img src=x onerror=alert(1)><b>bold</b>';
let rig;
let page;
before(async () => {
  rig = await ConsoleRig.start();
  page = await rig.signedIn();
});
after(() => rig?.stop());

const narrow = (which) => which.evaluate(() => document.documentElement.scrollWidth <= innerWidth);

test('without a door every view says so', async () => {
  await page.getByText('No door is registered yet', { exact: false }).waitFor();
  await go(page, '#/jobs');
  await page.getByText('There is no job yet.').waitFor();
  await go(page, '#/new-job');
  await page.getByText('No door matches now', { exact: false }).waitFor();
  await go(page, '#/query');
  await page.getByRole('button', { name: 'Run' }).click();
  await page.getByText('No row.').waitFor();
  await go(page, '#/floor');
});

test('names and tags of any kind are text, and break no layout', async () => {
  for (const id of [odd, long]) {
    await rig.lockctl('device', 'add', id);
    await rig.lockctl('twin', 'tag', id, `building=${markup}`, `floor=${'very long name '.repeat(12)}`);
  }
  await tile(page, long).waitFor();
  await page.getByRole('heading', { name: markup }).waitFor();
  const phone = await rig.signedIn({ width: 360, height: 740, touch: true });
  await tile(phone, long).waitFor();
  for (const hash of ['#/floor', `#/door/${encodeURIComponent(odd)}`, `#/door/${encodeURIComponent(long)}`, '#/new-job']) {
    for (const each of [page, phone]) {
      await go(each, hash);
      if (hash.startsWith('#/door')) {
        await each.getByRole('heading', { name: decodeURIComponent(hash.slice(7)), exact: true }).waitFor();
        await each.locator('.timeline li', { hasText: markup }).first().waitFor();
      }
      assert.equal(await each.locator('main img, main b >> text=bold').count(), 0, `${hash}: no markup comes of it`);
      assert.ok(await narrow(each), `${hash} is no wider than the page`);
    }
  }
  await page.getByLabel('Place').selectOption({ index: 1 });
  await page.getByText('2 doors, 2 of them offline', { exact: false }).waitFor();
  await inspect(page, 'hostile', { picture: false });
  await phone.context().close();
});

test('a twin of any shape is shown, not believed', async () => {
  const words = 'w'.repeat(5000);
  await page.route('**/twins/**', async (route) => {
    const response = await route.fetch();
    const twin = await response.json();
    twin.connectionState = 'Connected';
    twin.properties.reported = { ...twin.properties.reported, lock: { state: 'constructor', hold: { target: { a: 1 }, until: 7 } }, door: 'toString', fire: { a: [1] }, tamper: 7, building: { value: { x: markup } }, firmware: { version: markup }, words };
    return route.fulfill({ response, json: twin });
  });
  await go(page, `#/door/${encodeURIComponent(odd)}`);
  await page.getByRole('row').filter({ has: page.getByRole('rowheader', { name: 'words', exact: true }) }).filter({ hasText: '(5000 characters)' }).waitFor();
  await page.locator('.now-state', { hasText: 'Unknown' }).waitFor();
  assert.ok(await narrow(page), 'it is no wider than the page');
  assert.equal(await page.locator('main img').count(), 0);
  await page.unroute('**/twins/**');
});

test('an address that somebody typed never breaks the page', async () => {
  for (const [hash, said] of [['#/door/%E0%A4%A', 'There is no door “%E0%A4%A”'], ['#/floor?place=xyz&state=constructor', '2 doors'], ['#/job/', 'There is no job “”'],
    ['#/job/nope', 'There is no job “nope”'], ['#/door/', 'There is no door “”'], ['#/nonsense/%', '2 doors']]) {
    await go(page, hash);
    await page.locator('main').getByText(said, { exact: false }).first().waitFor();
  }
});

test('the way to the content leads to the content of this view', async () => {
  await go(page, '#/query');
  await page.getByRole('heading', { name: 'Query' }).waitFor();
  await page.locator('.skip').focus();
  await page.keyboard.press('Enter');
  await until(() => page.evaluate(() => document.activeElement.id === 'main'), 'the content has the focus');
  assert.match(page.url(), /#\/query$/);
});

test('what is drawn again is the same element, under the hand', async () => {
  const seen = await page.evaluate(async () => {
    const { h, renew } = await import('/console/dom.js');
    const row = (name, text) => h('li', { 'data-key': name, class: text }, h('a', { href: `#/door/${name}` }, name), ` ${text}`);
    const list = h('ul');
    document.body.append(list);
    renew(list, row('b', 'one'), row('c', 'one'));
    const [b, c] = list.children;
    c.firstChild.focus();
    renew(list, row('a', 'one'), row('b', 'two'), null, row('c', 'two'));
    const kept = list.children[1] === b && list.children[2] === c && document.activeElement === c.firstChild;
    renew(list, row('c', 'two'), 'and more');
    const result = { kept, still: document.activeElement === c.firstChild, text: list.textContent, look: c.className };
    renew(list, h('li', { 'data-key': 'c', title: 'x' }, 'new'));
    result.last = list.innerHTML;
    list.remove();
    return result;
  });
  assert.deepEqual(seen, { kept: true, still: true, text: 'c twoand more', look: 'two', last: '<li data-key="c" title="x">new</li>' });
});

test('a row that has the focus keeps it while jobs come and go', async () => {
  await rig.lockctl('job', 'create', '--id', 'first', '--desired', 'ajarTime=30s', '--where', "deviceId = 'nobody'", '--yes');
  await go(page, '#/jobs');
  const link = page.getByRole('link', { name: 'first', exact: true });
  await link.focus();
  await rig.lockctl('job', 'create', '--id', 'second', '--desired', 'ajarTime=30s', '--where', "deviceId = 'nobody'", '--yes');
  await page.getByRole('link', { name: 'second', exact: true }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'first');
});

test('a viewer whose clock is wrong signs in all the same, and is told', async () => {
  const ahead = await rig.signedIn({ ahead: 3 * 3600 });
  await tile(ahead, long).waitFor();
  await go(ahead, '#/system');
  await ahead.getByText(/This machine’s clock is (3 h 00 min|2 h 59 min) ahead of the hub’s/).waitFor();
  await go(ahead, '#/new-job');
  await ahead.getByLabel('At a time', { exact: false }).check();
  await ahead.getByText(/UTC\. This machine’s clock is .* ahead of the hub’s/).waitFor();
  await ahead.context().close();
});

test('no duration is no job, and rows and failures beyond a bound are told of', async () => {
  await rig.fleet(230, '--prefix', 'sim-', '--building', '1', '--refuse', '5%', '--delay', '10ms');
  await go(page, '#/new-job');
  await page.getByLabel('Condition').fill("STARTSWITH(deviceId, 'sim-')");
  await page.getByText('230 doors, all connected', { exact: false }).waitFor();
  await page.getByLabel('For how long').fill('soon');
  await hold(page, page.getByRole('button', { name: /^Lock 230 doors now/ }));
  await page.getByText('Nothing was created. For how long: “soon” is no duration', { exact: false }).waitFor();
  await page.getByLabel('For how long').fill('10m');
  await page.evaluate(async () => { (await import('/console/job_rows.js')).bounds.failed = 3; });
  await hold(page, page.getByRole('button', { name: /^Lock 230 doors now/ }));
  await page.locator('.job-state', { hasText: 'Completed' }).waitFor();
  await page.getByText(/^The first 200 of 230 doors\. Only the first 3 failures were read: there are more\.$/).waitFor();
  await page.evaluate(async () => { (await import('/console/job_rows.js')).bounds.failed = 10_000; });
  await page.getByRole('button', { name: 'Show more' }).click();
  await page.getByText(/^230 doors\.$/).waitFor();
  await page.locator('tbody tr').nth(229).waitFor();
  await page.locator('.job-progress', { hasText: /2\d\d succeeded, \d+ failed/ }).waitFor();
  const failed = Number(/(\d+) failed/.exec(await page.locator('.job-progress').innerText())[1]);
  assert.ok(failed > 3);
  await page.getByLabel('Rows').selectOption({ label: 'Failed' });
  await page.getByText(new RegExp(`^${failed} doors \\(failed\\)\\.$`)).waitFor();
  assert.equal(await page.locator('tbody tr').count(), failed);
  await page.getByLabel('Rows').selectOption({ label: 'Not begun' });
  await page.getByText('0 doors (not begun).').waitFor();
});
