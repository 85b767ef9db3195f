import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ConsoleRig, inspect, tile, until } from './harness.js';

let rig;
before(async () => {
  rig = await ConsoleRig.start();
  await Promise.all([rig.door('door-1', { building: 43, floor: 3 }), rig.door('door-2', { building: 43, floor: 4 }), rig.fleet(60, '--prefix', 'sim-', '--building', '44', '--floor', '1')]);
  await rig.lockctl('device', 'add', 'door-9');
  await rig.lockctl('twin', 'tag', 'door-9', 'building=43', 'floor=4');
});
after(() => rig?.stop());

test('the root leads to the console, with a strict policy and without a token', async () => {
  const page = await rig.page();
  const response = await page.goto(rig.url);
  assert.equal(new URL(page.url()).pathname, '/console/');
  const policy = response.headers()['content-security-policy'];
  assert.match(policy, /^default-src 'none'; script-src 'self'/);
  assert.doesNotMatch(policy, /unsafe|\*/);
  await page.getByRole('button', { name: 'Sign in' }).waitFor();
  await inspect(page, 'sign-in');
  await page.context().close();
});

test('doors are grouped by place, told by text, and found by state and name', async () => {
  const page = await rig.signedIn();
  await page.locator('p.sum', { hasText: '63 doors' }).waitFor();
  await page.getByRole('heading', { name: /Building 43 · floor 3/ }).waitFor();
  await page.getByRole('heading', { name: /Building 44 · floor 1/ }).waitFor();
  await tile(page, 'door-1').filter({ hasText: 'Locked' }).filter({ hasText: 'door closed' }).filter({ hasText: /since|just now/ }).waitFor();
  await page.getByRole('searchbox').fill('door-');
  await page.locator('p.sum', { hasText: '3 of 63 doors' }).waitFor();
  await page.getByRole('searchbox').fill('');
  await page.getByLabel('Building and floor').selectOption({ label: 'Building 44 · floor 1' });
  await page.locator('p.sum', { hasText: '60 of 63 doors' }).waitFor();
  await page.getByLabel('Building and floor').selectOption('');
  await page.getByRole('button', { name: /Unlocked/ }).click();
  await page.locator('p.sum', { hasText: 'No door is like that now.' }).waitFor();
  await page.getByRole('button', { name: /Unlocked/ }).click();
  await page.context().close();
});

test('what happens at a door is seen by two viewers at once', async () => {
  const pages = await Promise.all([rig.signedIn(), rig.signedIn({ theme: 'dark', width: 390, height: 800, touch: true })]);
  await Promise.all(pages.map((page) => tile(page, 'door-1').waitFor()));
  await rig.lockctl('unlock', 'door-1', '--for', '10m');
  await Promise.all(pages.map((page) => until(async () => await tile(page, 'door-1').getAttribute('data-state') === 'unlocked', 'unlocked')));
  await rig.lockctl('lock', 'door-1');
  await Promise.all(pages.map((page) => until(async () => await tile(page, 'door-1').getAttribute('data-state') === 'locked', 'locked again')));
  await rig.control('door-1', 'door force');
  await Promise.all(pages.map((page) => tile(page, 'door-1').filter({ hasText: 'Forced' }).waitFor()));
  await rig.control('door-2', 'fire break');
  await Promise.all(pages.map((page) => tile(page, 'door-2').filter({ hasText: 'Fire' }).waitFor()));
  await Promise.all(['sim-00003', 'sim-00008'].map((id) => rig.lockctl('unlock', id)));
  await tile(pages[0], 'sim-00008').filter({ hasText: 'Unlocked' }).waitFor();
  await inspect(pages[0], 'floor');
  await inspect(pages[1], 'floor-phone');
  assert.equal(await pages[1].evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, 'nothing is wider than a phone');
  await rig.release('door-1');
  await Promise.all(pages.map((page) => until(async () => await tile(page, 'door-1').getAttribute('data-state') === 'locked', 'closed')));
  await rig.control('door-2', 'fire restore');
  await until(async () => {
    await rig.control('door-2', 'press reset');  // taken once the loop has been whole for a while
    return await tile(pages[0], 'door-2').getAttribute('data-state') !== 'fire';
  }, 'the alarm is over');
  await tile(pages[1], 'door-2').and(pages[1].locator(':not([data-state=fire])')).waitFor();
  for (const page of pages) await page.context().close();
});

test('the floor is walked by the keyboard alone', async () => {
  const page = await rig.signedIn();
  await tile(page, 'door-1').waitFor();
  await page.locator('p.sum', { hasText: '63 doors' }).waitFor();
  await page.locator('a.tile[tabindex="0"]').focus();
  await page.keyboard.press('Home');
  assert.equal(await page.evaluate(() => document.activeElement.dataset.id), 'door-1');
  await page.keyboard.press('ArrowDown');
  assert.equal(await page.evaluate(() => document.activeElement.dataset.id), 'door-2');
  await page.keyboard.press('End');
  await until(() => page.evaluate(() => document.activeElement.dataset.id === 'sim-00060' || document.activeElement.dataset.id === 'sim-00059'), 'the last');
  await page.context().close();
});
