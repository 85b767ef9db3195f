// The console before a fleet: node bench/console/run.js [--doors 10000] [--changes 500] [--minutes 10]
// DOORLOCK_BIN names the programs; `npm ci` in tests/console comes first. Prints one JSON object.
import { ConsoleRig, patience, signIn, sleep, until } from '../../tests/console/harness.js';

const option = (name, otherwise) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : Number(process.argv[at + 1]);
};
const doors = option('doors', 10_000);
const changes = option('changes', 500);
const minutes = option('minutes', 10);

const rig = await ConsoleRig.start();
try {
  await rig.fleet(doors, '--prefix', 'sim-', '--building', '43', '--floor', '3', '--delay', '10ms');
  const page = await rig.page();
  await page.evaluate(() => {
    window.tasks = [];
    new PerformanceObserver((list) => window.tasks.push(...list.getEntries().map((entry) => entry.duration))).observe({ entryTypes: ['longtask'] });
  });
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Performance.enable');
  const memory = async () => {
    await cdp.send('HeapProfiler.collectGarbage');
    const { metrics } = await cdp.send('Performance.getMetrics');
    const of = (name) => metrics.find((metric) => metric.name === name).value;
    return { heapMegabytes: Number((of('JSHeapUsedSize') / 1e6).toFixed(1)), nodes: of('Nodes') };
  };
  const longest = async () => Math.round(await page.evaluate(() => {
    const most = Math.max(0, ...window.tasks);
    window.tasks.length = 0;
    return most;
  }));
  const firstPaint = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null);

  const began = Date.now();
  await signIn(page, rig.connection);
  await page.locator('a.tile').first().waitFor();
  const firstTile = Date.now() - began;
  await page.locator('p.sum', { hasText: new RegExp(`^${doors} doors`) }).waitFor({ timeout: 4 * patience });
  const allDoors = Date.now() - began;
  const loading = { longestTaskMs: await longest(), ...(await memory()), tiles: await page.locator('a.tile').count() };

  // Jobs that lock and unlock the whole fleet, so many doors a second, until the time is over.
  const end = Date.now() + minutes * 60_000;
  let jobs = 0;
  let changed = 0;
  const changing = Date.now();
  while (Date.now() < end) {
    const method = jobs++ % 2 ? 'lockDoor' : 'unlockDoor';
    await rig.lockctl('job', 'create', '--id', `bench-${jobs}`, '--method', method, '--where', "STARTSWITH(deviceId, 'sim-')", '--rate', String(changes), '--yes');
    for (;;) {
      const job = await rig.lockctlJson('job', 'show', `bench-${jobs}`);
      const { succeededCount = 0 } = job.deviceJobStatistics ?? {};
      if (job.status === 'completed' || Date.now() > end) {
        changed += succeededCount;
        if (job.status !== 'completed') await rig.lockctl('job', 'cancel', `bench-${jobs}`, '--force');
        break;
      }
      await page.mouse.wheel(0, 300);  // somebody looks around meanwhile
      await sleep(500);
    }
  }
  const seconds = (Date.now() - changing) / 1000;
  const live = { seconds: Math.round(seconds), changesPerSecond: Math.round(changed / seconds), longestTaskMs: await longest(), ...(await memory()) };
  await until(() => page.locator('.feed[data-state=live]').count(), 'the stream is not cut');
  console.log(JSON.stringify({ doors, firstPaintMs: firstPaint === null ? null : Math.round(firstPaint), firstTileMs: firstTile, allDoorsMs: allDoors, loading, live }, null, 2));
} finally {
  await rig.stop();
}
