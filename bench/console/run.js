// The console before a fleet: node bench/console/run.js [--doors 10000] [--changes 500] [--minutes 10] [--settle 20]
// DOORLOCK_BIN names the programs; `npm ci` in tests/console comes first. Prints one JSON object.
import fs from 'node:fs';
import os from 'node:os';
import { ConsoleRig, patience, signIn, sleep, until } from '../../tests/console/harness.js';

const option = (name, otherwise) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : Number(process.argv[at + 1]);
};
const doors = option('doors', 10_000);
const changes = option('changes', 500);
const minutes = option('minutes', 10);
const window = 10;  // seconds of one count

// Seconds of processor that a process has used; 0 when it is gone.
function processorSeconds(pid) {
  try {
    const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch { return 0; }
}
// Of all processes together: what this machine did meanwhile, whoever asked for it.
const machineSeconds = () => {
  const [user, nice, system, idle, wait] = fs.readFileSync('/proc/stat', 'utf8').split('\n')[0].trim().split(/\s+/).slice(1).map(Number);
  return { busy: (user + nice + system) / 100, idle: (idle + wait) / 100 };
};
const round = (number, digits = 0) => Number(number.toFixed(digits));

const rig = await ConsoleRig.start();
try {
  const fleet = await rig.fleet(doors, '--prefix', 'sim-', '--building', '43', '--floor', '3', '--delay', '10ms');
  const page = await rig.page();
  // Counts what reaches the page, as it reaches it: changes of locks, and how old each is.
  await page.evaluate(async () => {
    window.tasks = [];
    new PerformanceObserver((list) => window.tasks.push(...list.getEntries().map((entry) => entry.duration))).observe({ entryTypes: ['longtask'] });
    window.told = { events: 0, changes: 0, latest: 0, cuts: 0 };
    const { EventFeed } = await import('/console/events.js');
    EventFeed.prototype.dispatchEvent = function dispatch(event) {
      if (event.type === 'state' && event.detail.state === 'cut') window.told.cuts += 1;
      if (event.type === 'event') {
        const { kind, data } = event.detail;
        window.told.events += 1;
        if (kind === 'twin' && data.properties?.reported?.lock) {
          window.told.changes += 1;
          window.told.latest = Math.max(window.told.latest, Date.now() - Date.parse(data.time));
        }
      }
      return EventTarget.prototype.dispatchEvent.call(this, event);
    };
  });
  const told = () => page.evaluate(() => {
    const now = { ...window.told };
    window.told.latest = 0;
    return now;
  });
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Performance.enable');
  const metrics = async () => Object.fromEntries((await cdp.send('Performance.getMetrics')).metrics.map(({ name, value }) => [name, value]));
  const memory = async () => {
    await cdp.send('HeapProfiler.collectGarbage');
    const { JSHeapUsedSize, Nodes } = await metrics();
    return { heapMegabytes: round(JSHeapUsedSize / 1e6, 1), nodes: Nodes };
  };
  const longTasks = async () => page.evaluate(() => {
    const tasks = window.tasks.splice(0);
    return { longestTaskMs: Math.round(Math.max(0, ...tasks)), tasksOver50ms: tasks.length };
  });
  const firstPaint = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null);

  const began = Date.now();
  await signIn(page, rig.connection);
  await page.locator('a.tile').first().waitFor();
  const firstTile = Date.now() - began;
  await page.locator('p.sum', { hasText: new RegExp(`^${doors} doors`) }).waitFor({ timeout: 4 * patience });
  const allDoors = Date.now() - began;
  const loading = { ...(await longTasks()), ...(await memory()), tiles: await page.locator('a.tile').count() };

  // Jobs that lock and unlock the whole fleet, one after the other without a gap: each is a little faster than the time it has.
  const each = doors / changes;  // seconds of one job
  const first = Date.now() + 5000;
  const count = Math.ceil((minutes * 60) / each) + 1;
  let made = 0;
  const make = async () => {
    const start = new Date(first + made * each * 1000).toISOString();
    const method = made++ % 2 ? 'lockDoor' : 'unlockDoor';
    await rig.lockctl('job', 'create', '--id', `bench-${made}`, '--method', method, '--where', "STARTSWITH(deviceId, 'sim-')",
      '--rate', String(Math.ceil(changes * 1.02)), '--at', start, '--yes');
  };
  await make();
  await make();
  await sleep(first + option('settle', 20) * 1000 - Date.now());
  await longTasks();
  let last = await told();
  const start = { time: Date.now(), told: last, page: await metrics(), hub: processorSeconds(rig.hub.child.pid), fleet: processorSeconds(fleet.child.pid), machine: machineSeconds(), load: os.loadavg()[0] };
  const windows = [];
  const loads = [];
  while (Date.now() < start.time + minutes * 60_000) {
    await sleep(start.time + (windows.length + 1) * window * 1000 - Date.now());
    const now = await told();
    windows.push({ rate: (now.changes - last.changes) / window, late: now.latest });
    loads.push(os.loadavg()[0]);
    last = { ...now, time: Date.now() };
    await page.mouse.wheel(0, windows.length % 2 ? 3000 : -2000);  // somebody looks around meanwhile
    if (made < count && Date.now() > first + (made - 1) * each * 1000) await make();
  }
  const seconds = (Date.now() - start.time) / 1000;
  const end = { page: await metrics(), hub: processorSeconds(rig.hub.child.pid), fleet: processorSeconds(fleet.child.pid), machine: machineSeconds() };
  const rates = windows.map(({ rate }) => rate).sort((a, b) => a - b);
  const live = {
    seconds: Math.round(seconds), changesPerSecond: round((last.changes - start.told.changes) / ((last.time - start.time) / 1000), 1), slowestTenSeconds: round(rates[0]),
    eventsPerSecond: round((last.events - start.told.events) / seconds), oldestChangeMs: Math.max(...windows.map(({ late }) => late)), cuts: last.cuts,
    ...(await longTasks()), pageBusyShare: round((end.page.TaskDuration - start.page.TaskDuration) / seconds, 3),
    hubCores: round((end.hub - start.hub) / seconds, 3), fleetCores: round((end.fleet - start.fleet) / seconds, 3),
    machineCoresBusy: round((end.machine.busy - start.machine.busy) / seconds, 2), loadBetween: [round(Math.min(...loads), 1), round(Math.max(...loads), 1)],
    ...(await memory()), tiles: await page.locator('a.tile').count(),
  };
  await until(() => page.locator('.feed[data-state=live]').count(), 'the stream is not cut');
  console.log(JSON.stringify({ doors, asked: changes, cores: os.cpus().length, firstPaintMs: firstPaint === null ? null : Math.round(firstPaint), firstTileMs: firstTile, allDoorsMs: allDoors, loading, live }, null, 2));
} finally {
  await rig.stop();
}
