import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ConsoleRig, go, hold, inspect, until } from './harness.js';

let rig;
let page;
before(async () => {
  rig = await ConsoleRig.start();
  await Promise.all([rig.door('door-1', { building: 43, floor: 3 }),
    rig.fleet(40, '--prefix', 'sim-', '--building', '43', '--floor', '3', '--refuse', '10%', '--delay', '50ms')]);
  await rig.lockctl('device', 'add', 'away-1');
  await rig.lockctl('twin', 'tag', 'away-1', 'building=43', 'floor=3');
  page = await rig.signedIn();
});
after(() => rig?.stop());

const create = () => page.getByRole('button', { name: /hold$/ }).filter({ hasText: /doors|door/ });

test('before a job is made, it says which doors it would touch and which of them are offline', async () => {
  await page.getByRole('link', { name: 'Jobs' }).click();
  await page.getByRole('link', { name: 'New job' }).click();
  await page.getByText('42 doors, 1 of them offline', { exact: false }).waitFor();
  await page.getByLabel('Place').selectOption({ label: 'Building 43 · floor 3' });
  await until(async () => /tags\.building = 43/.test(await page.getByLabel('Condition').inputValue()), 'the condition is written');
  await page.locator('.preview li').filter({ hasText: 'away-1' }).filter({ hasText: 'Offline' }).waitFor();
  await create().filter({ hasText: 'Lock 42 doors now' }).waitFor();
  await inspect(page, 'new-job');
});

test('a mistake in the condition is shown at its place, and nothing is created', async () => {
  await page.getByLabel('Condition').fill('tags.floor == 3');
  await page.getByText(/line 1, column 12/).waitFor();
  await hold(page, page.getByRole('button', { name: /^Lock/ }));
  await page.getByText('Nothing was created. Condition: it cannot be read').waitFor();
  await page.getByLabel('Condition').fill("tags.floor = 3 AND connectionState = 'Connected'");
  await page.getByText('41 doors, all connected', { exact: false }).waitFor();
});

test('the doors that it would touch are followed while it is written', async () => {
  const other = await rig.signedIn();
  await go(other, '#/new-job');
  await other.getByLabel('Condition').fill("deviceId = 'late-1'");
  await other.getByText('No door matches now', { exact: false }).waitFor();
  await rig.lockctl('device', 'add', 'late-1');
  await other.getByText('1 door, 1 of them offline', { exact: false }).waitFor();
  await rig.lockctl('device', 'remove', 'late-1');
  await other.context().close();
});

test('a start time is told in both zones, and a job that waits can be cancelled', async () => {
  await page.getByLabel('At a time', { exact: false }).check();
  await page.getByText(/ is \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\./).waitFor();
  await hold(page, page.getByRole('button', { name: /^Lock 41 doors at that time/ }));
  await page.locator('.job-state', { hasText: 'Waits for its time' }).waitFor();
  await page.getByText('cancelled, no door hears of it', { exact: false }).waitFor();
  const left = await page.locator('.facts', { hasText: 'Start' }).innerText();
  assert.match(left, /, in (5\d min|1 h)/);
  await until(async () => await page.locator('.facts', { hasText: 'Start' }).innerText() !== left, 'the time that is left grows less');
  await hold(page, page.getByRole('button', { name: /^Cancel the job/ }));
  await page.locator('.job-state', { hasText: 'Cancelled' }).waitFor();
});

test('a job is followed to its end; failures have a cause and a cure, and are retried', async () => {
  await go(page, '#/new-job');
  await page.getByLabel('For how long').fill('10m');
  await page.getByLabel('Condition').fill("tags.floor = 3 AND connectionState = 'Connected'");
  await page.getByText('41 doors, all connected', { exact: false }).waitFor();
  await page.getByText('Limits').click();
  await page.getByLabel('Doors a second').fill('25');
  await hold(page, page.getByRole('button', { name: /^Lock 41 doors now/ }));
  await page.locator('.job-state', { hasText: 'Completed' }).waitFor();
  await page.locator('.job-progress', { hasText: '37 succeeded, 4 failed' }).waitFor();
  await page.getByText('4 doors: 409: interlock: the door is open').waitFor();
  await page.getByText('Something at the door forbids it', { exact: false }).waitFor();
  await page.getByLabel('Rows').selectOption({ label: 'Failed' });
  await until(async () => await page.locator('tbody tr').count() === 4, 'four rows');
  await inspect(page, 'job');
  const first = page.url();
  await hold(page, page.getByRole('button', { name: /^Retry the 4 doors/ }));
  await until(() => page.url() !== first, 'the new job is shown');
  await page.locator('.job-progress', { hasText: '0 succeeded, 4 failed' }).waitFor();
  await page.locator('.job-state', { hasText: 'Completed' }).waitFor();
});

test('a running job is cancelled for what has not begun', async () => {
  await go(page, '#/new-job');
  // The one that never comes keeps it running, however slow the machine.
  await page.getByLabel('Condition').fill("STARTSWITH(deviceId, 'sim-') OR deviceId = 'away-1'");
  await page.getByText('41 doors, 1 of them offline', { exact: false }).waitFor();
  await page.getByText('Limits').click();
  await page.getByLabel('Doors a second').fill('1');
  await hold(page, page.getByRole('button', { name: /^Lock 41 doors now/ }));
  await page.locator('.job-state', { hasText: 'Running' }).waitFor();
  await page.getByText('Doors that were called already have acted', { exact: false }).waitFor();
  await page.getByText('about', { exact: false }).and(page.locator('.job-progress')).waitFor();
  await hold(page, page.getByRole('button', { name: /^Cancel the job/ }));
  await page.locator('.job-state', { hasText: 'Cancelled' }).waitFor();
  await page.locator('.job-progress', { hasText: 'not begun' }).waitFor();
});

test('properties are set, and the list tells of every job', async () => {
  await go(page, '#/new-job');
  await page.getByLabel('What the doors are to do').selectOption({ label: 'Set properties' });
  await page.getByLabel('Properties').fill('ajarTime=30s');
  await page.getByLabel('Condition').fill("deviceId = 'door-1'");
  await page.getByText('1 door, all connected', { exact: false }).waitFor();
  await hold(page, page.getByRole('button', { name: /^Set properties of 1 door/ }));
  await page.locator('.job-state', { hasText: 'Completed' }).waitFor();
  await go(page, '#/jobs');
  await page.getByText(/5 jobs of the last 30 days, 0 not over\./).waitFor();
  await page.getByRole('row', { name: /set ajarTime = "30s"/ }).waitFor();
  await page.getByRole('row', { name: /Completed, 4 failed/ }).first().waitFor();
  await inspect(page, 'jobs');
  const phone = await rig.signedIn({ width: 390, height: 844, touch: true });
  await go(phone, '#/jobs');
  await phone.getByText('5 jobs of', { exact: false }).waitFor();
  assert.equal(await phone.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true);
  await inspect(phone, 'jobs-phone', { picture: false });
});

test('nobody is said to have succeeded before the answers were read', async () => {
  await rig.lockctl('job', 'create', '--id', 'told', '--method', 'lockDoor', '--where', "STARTSWITH(deviceId, 'sim-')", '--yes');
  await until(async () => (await rig.lockctlJson('job', 'show', 'told')).status === 'completed', 'the job is over');
  const other = await rig.signedIn();
  let answer;
  const asked = new Promise((resolve) => { answer = resolve; });
  await other.route('**/devices/query**', async (route) => {
    if (/devices\.jobs\.status = 'failed'/.test(route.request().postData())) await asked;
    return route.continue();
  });
  await go(other, '#/job/told');
  await other.locator('.job-state', { hasText: 'Completed' }).waitFor();
  await other.locator('.job-progress', { hasText: '40 doors: 40 over, what they answered is being read' }).waitFor();
  assert.equal(await other.getByRole('button', { name: /^Retry/ }).count(), 0);
  answer();
  await other.locator('.job-progress', { hasText: '40 doors: 36 succeeded, 4 failed' }).waitFor();
  await other.getByRole('button', { name: /^Retry the 4 doors/ }).waitFor();
  await other.context().close();
});
