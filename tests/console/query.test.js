import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, test } from 'node:test';
import { ConsoleRig, go, inspect, until } from './harness.js';

let rig;
let page;
before(async () => {
  rig = await ConsoleRig.start();
  await rig.fleet(120, '--prefix', 'sim-', '--building', '43', '--floor', '1');
  page = await rig.signedIn();
  await go(page, '#/query');
});
after(() => rig?.stop());

const ask = async (text) => {
  await page.getByLabel('Query', { exact: true }).fill(text);
  await page.keyboard.press('Control+Enter');
};

test('a mistake is shown under a caret, with the cursor at its place', async () => {
  await ask("SELECT deviceId FROM devices WHERE tags.floor == '3'");
  await page.locator('#query-mistake pre', { hasText: '^' }).waitFor();
  await until(() => page.evaluate(() => document.activeElement.id === 'query' && document.activeElement.selectionStart === 46), 'the cursor');
  await inspect(page, 'query-mistake', { picture: false });
});

test('a query that is overtaken by another shows no row', async () => {
  let answer;
  const asked = new Promise((resolve) => { answer = resolve; });
  await page.route('**/devices/query**', async (route) => {
    if (/AS early/.test(route.request().postData())) await asked;
    await route.continue().catch(() => {});  // the page may have given it up
  });
  await ask('SELECT deviceId AS early FROM devices');
  await page.getByText('Asking…').waitFor();
  await ask('SELECT deviceId AS late FROM devices');
  await page.getByRole('columnheader', { name: 'late' }).waitFor();
  answer();
  await page.unrouteAll({ behavior: 'wait' });
  await ask("SELECT deviceId AS last FROM devices WHERE deviceId = 'sim-00001'");
  await page.getByRole('columnheader', { name: 'last' }).waitFor();
  assert.equal(await page.locator('tbody tr').count(), 1);
});

test('rows are a table, and come in pages', async () => {
  await ask("SELECT deviceId, tags.floor AS floor, properties.reported.lock.state AS lock FROM devices WHERE tags.building = 43");
  await page.getByText('100 rows, and there are more', { exact: false }).waitFor();
  assert.deepEqual(await page.getByRole('columnheader').allInnerTexts(), ['deviceId', 'floor', 'lock']);
  await inspect(page, 'query');
  await page.getByRole('button', { name: 'More rows' }).click();
  await page.getByText('120 rows, in', { exact: false }).waitFor();
});

test('all rows are exported, as CSV and as JSON', async () => {
  await ask('SELECT deviceId, connectionState FROM devices');
  await page.getByText('100 rows, and there are more', { exact: false }).waitFor();
  for (const [name, check] of [
    ['Export CSV', (text) => assert.equal(text.trim().split('\r\n').length, 121)],
    ['Export JSON', (text) => assert.equal(JSON.parse(text).length, 120)],
  ]) {
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name }).click()]);
    check(fs.readFileSync(await download.path(), 'utf8'));
  }
});

test('aggregates are rows too', async () => {
  await ask('SELECT connectionState, COUNT() AS doors FROM devices GROUP BY connectionState');
  await page.getByRole('row', { name: 'Connected 120' }).waitFor();
});

test('the system is drawn, with what will end', async () => {
  await go(page, '#/system');
  await page.getByText('✓ Ready').waitFor();
  await page.getByText('120, 120 of them may connect').waitFor();
  await page.getByText(/in 7\d\d days/).waitFor();
  await page.getByText(/made .* ago, ends in/).waitFor();
  await until(() => page.evaluate(() => document.querySelectorAll('.chart-line')[0].getAttribute('d').includes('L')), 'a line');
  assert.match(await page.getByRole('img', { name: /Doors connected/ }).getAttribute('aria-label'), /now 120/);
  await inspect(page, 'system');
});
