// A new operator, with the page alone: locks a floor at a time, watches it, finds three doors of two hundred and cures them.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ConsoleRig, hold, until } from './harness.js';

const stuck = ['east-gate', 'north-stair', 'post-room'];
let rig;
before(async () => {
  rig = await ConsoleRig.start();
  await Promise.all([...stuck.map((id) => rig.door(id, { building: 43, floor: 3, resting: 'unlocked' })),
    rig.fleet(197, '--prefix', 'office-', '--building', '43', '--floor', '3', '--delay', '100ms')]);
  for (const id of stuck) assert.match(await rig.control(id, 'door open'), /^ok/);
});
after(() => rig?.stop());

test('floor 3 of building 43 is locked at a time, and three doors that stood open are cured', async () => {
  const page = await rig.signedIn({ zone: 'America/St_Johns' });
  await page.locator('p.sum', { hasText: '200 doors' }).waitFor();
  await page.getByRole('link', { name: 'Jobs' }).click();
  await page.getByRole('link', { name: 'New job' }).click();
  await page.getByLabel('Place').selectOption({ label: 'Building 43 · floor 3' });
  await page.getByText('200 doors, all connected', { exact: false }).waitFor();
  await page.getByLabel('At a time', { exact: false }).check();
  const start = await page.evaluate(() => {
    const soon = new Date(Date.now() + 15_000);
    soon.setSeconds(soon.getSeconds() || 1);  // whole minutes are written without seconds
    return new Date(soon.getTime() - soon.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
  });
  await page.getByLabel(/^Start, time of America/).fill(start);
  await page.getByText(/America\/St_Johns is .* UTC\./).waitFor();
  await hold(page, page.getByRole('button', { name: /^Lock 200 doors at that time/ }));
  await page.locator('.job-state', { hasText: /Waits for its time|Running|Completed/ }).waitFor();  // a slow machine is late
  await page.locator('.job-state', { hasText: 'Completed' }).waitFor();
  await page.locator('.job-progress', { hasText: '197 succeeded, 3 failed' }).waitFor();

  // Which, why, and what to do.
  await page.getByText(/^ ?3 doors: 409: .*open/).waitFor();
  await page.getByText('it stands open', { exact: false }).waitFor();
  await page.locator('.failure').getByRole('link', { name: stuck[0] }).click();
  await page.getByRole('heading', { name: stuck[0] }).waitFor();
  await page.locator('.now', { hasText: /door (open|ajar)/ }).waitFor();
  await page.locator('.timeline li', { hasText: '409' }).first().waitFor();

  // Somebody goes there and closes them.
  await rig.close(...stuck);
  await page.locator('.now', { hasText: 'door closed' }).waitFor();
  await page.goBack();
  await page.locator('.job-state', { hasText: 'Completed' }).waitFor();
  await hold(page, page.getByRole('button', { name: /^Retry the 3 doors/ }));
  await page.locator('.job-progress', { hasText: '3 doors: 3 succeeded, 0 failed' }).waitFor();
  await page.getByRole('link', { name: 'Floor', exact: true }).click();
  await until(async () => /^200/.test(await page.getByRole('button', { name: /Locked$/ }).filter({ hasNotText: 'Un' }).innerText()), 'two hundred are locked');
});
