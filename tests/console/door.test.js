import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ConsoleRig, go, hold, holdKey, holdsTake, inspect, until } from './harness.js';

let rig;
let page;
before(async () => {
  rig = await ConsoleRig.start();
  await Promise.all([rig.door('door-1', { building: 43, floor: 3 }), rig.fleet(4, '--prefix', 'bad-', '--refuse', '50%')]);
  page = await rig.signedIn();
  await go(page, '#/door/door-1');
  await page.getByRole('heading', { name: 'door-1' }).waitFor();
  await until(() => page.getByRole('button', { name: /^Lock/ }).isEnabled(), 'the door can be commanded');
});
after(() => rig?.stop());

const state = () => page.locator('.now-state').innerText();

test('a tap moves nothing, and says what would', async () => {
  await holdsTake(page, 600_000);
  await page.getByRole('button', { name: /^Unlock/ }).click();
  await page.getByText('hold longer').waitFor();
  await holdsTake(page, 900);
  assert.equal(await page.locator('.answers li').count(), 0);
  assert.match(await state(), /Locked/);
});

test('a press holds while the page moves, and ends when the pointer leaves', async () => {
  await holdsTake(page, 600_000);
  const button = page.getByRole('button', { name: /^Lock/ });
  await button.hover();
  const { x, y, width, height } = await button.boundingBox();
  await page.mouse.down();
  await page.evaluate(() => {
    const pushed = document.createElement('div');
    pushed.id = 'pushed';
    pushed.style.height = '200px';
    document.querySelector('main').prepend(pushed);
  });
  await page.mouse.move(x + width / 2 + 2, y + height / 2 + 1);
  assert.ok(await button.evaluate((each) => each.classList.contains('holding')), 'it is still held');
  await page.mouse.move(x + width / 2, y + height + 60);
  await page.getByText('hold longer').first().waitFor();
  await page.mouse.up();
  await page.evaluate(() => document.getElementById('pushed').remove());
  await holdsTake(page, 900);
  assert.equal(await page.locator('.answers li').count(), 0);
});

test('held, a button unlocks for a time; the answer and what follows are shown', async () => {
  await page.getByLabel('For how long').fill('2s');
  await hold(page, page.getByRole('button', { name: /^Unlock/ }));
  await page.locator('.answers li').filter({ hasText: /the door answered 200/ }).waitFor();
  const line = page.locator('.timeline li');
  await line.filter({ hasText: 'unlockDoor: answered 200' }).waitFor();
  await line.filter({ hasText: 'Bolt reached locked' }).first().waitFor();
  await line.filter({ hasText: 'cause: hold end' }).first().waitFor();
  await page.getByLabel('For how long').fill('10m');
  await hold(page, page.getByRole('button', { name: /^Unlock/ }));
  await page.getByText(/Held unlocked until .* UTC/).waitFor();
  await page.getByLabel('For how long').fill('');
  await hold(page, page.getByRole('button', { name: /^Lock/ }));
  await until(async () => /Locked/.test(await state()), 'it is locked again');
});

test('what is no duration is not sent', async () => {
  await page.getByLabel('For how long').fill('soon');
  await hold(page, page.getByRole('button', { name: /^Lock/ }));
  await page.getByText('“soon” is no duration').first().waitFor();
  await page.getByLabel('For how long').fill('');
});

test('by the keyboard a key is held, and a click without a pointer is asked for twice', async () => {
  const before = await page.locator('.answers li').count();
  await holdKey(page, page.getByRole('button', { name: /^Lock/ }), ' ');
  await until(async () => await page.locator('.answers li').count() === before + 1, 'it was sent once');
  const asked = await page.getByRole('button', { name: /^Lock/ }).evaluate((button) => {
    button.click();
    const { textContent } = button;
    button.click();
    return textContent;
  });
  assert.match(asked, /Press again: Lock/);
  await until(async () => await page.locator('.answers li').count() === before + 2, 'and once more');
  await page.locator('.answers li').first().filter({ hasText: 'answered 200' }).waitFor();
});

test('desired stands beside reported, with what is not acknowledged', async () => {
  const row = (name) => page.getByRole('row').filter({ has: page.getByRole('rowheader', { name, exact: true }) });
  await rig.lockctl('twin', 'set', 'door-1', 'floor=3');
  await row('floor').filter({ hasText: '✓ acknowledged' }).waitFor();
  await rig.lockctl('twin', 'set', 'door-1', 'ajarTime=never');
  await row('ajarTime').filter({ hasText: '✕ refused' }).waitFor();
  await rig.lockctl('twin', 'set', 'door-1', 'colour=green');
  await row('colour').filter({ hasText: '… not acknowledged' }).waitFor();
  await inspect(page, 'door');
});

test('alarms stand out', async () => {
  await rig.control('door-1', 'door force');
  await until(async () => /Forced/.test(await state()), 'forced');
  await page.locator('.timeline li').filter({ hasText: 'Door forced open' }).waitFor();
  await inspect(page, 'door-forced', { picture: false });
  await rig.release('door-1');
  await until(async () => /Locked/.test(await state()), 'closed');
});

test('a door that refuses says why, one that is offline cannot be commanded', async () => {
  const refusing = await rig.signedIn({ width: 390, height: 844, touch: true, zone: 'Asia/Kathmandu' });
  let refused = false;
  for (const id of ['bad-00001', 'bad-00002', 'bad-00003', 'bad-00004']) {
    await go(refusing, `#/door/${id}`);
    await refusing.getByRole('heading', { name: id }).waitFor();
    await until(() => refusing.getByRole('button', { name: /^Lock/ }).isEnabled(), 'it can be commanded');
    await hold(refusing, refusing.getByRole('button', { name: /^Lock/ }));
    const answer = refusing.locator('.answers li').filter({ hasText: /answered/ });
    await answer.waitFor();
    refused ||= /409.*interlock/.test(await answer.innerText());
    if (refused) break;
  }
  assert.ok(refused, 'one of them refuses');
  await refusing.getByText(/times of Asia\/Kat/).waitFor();
  await inspect(refusing, 'door-phone');
  assert.equal(await refusing.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true);
  await rig.lockctl('device', 'add', 'never-came');
  await go(refusing, '#/door/never-came');
  await refusing.getByText('An offline door cannot be commanded now.', { exact: false }).waitFor();
  assert.equal(await refusing.getByRole('button', { name: /^Lock/ }).isDisabled(), true);
  await go(refusing, '#/door/nowhere');
  await refusing.getByRole('heading', { name: /There is no door/ }).waitFor();
});

test('after a reboot the door comes back by itself', async () => {
  await hold(page, page.getByRole('button', { name: /^Reboot/ }));
  await page.locator('.answers li').filter({ hasText: 'reboot: the door answered 202' }).waitFor();
});
