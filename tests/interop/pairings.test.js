'use strict';
// The tutorial's device and the tutorial's service, written with Microsoft's SDKs, in the four pairings with doorlockd
// and lockctl (protocol sheet §5).
const assert = require('assert');
const { test, before, after } = require('node:test');
const { Rig } = require('./harness');

let rig;
let serviceConnectionString;

before(async () => {
  rig = await Rig.start();
  // The tutorial's own policy: service connect, registry read, registry write.
  const policy = await rig.lockctlJson('policy', 'add', 'serviceAndRegistryReadWrite', '--rights',
    'serviceConnect,registryRead,registryWrite');
  // The SDK for services has port 443 hard-coded and takes no port in HostName.
  serviceConnectionString = policy.connectionString.replace(/^(HostName=[^:;]+):\d+/, '$1');
});

after(async () => { await rig.stop(); });

async function theirDevice(deviceId) {
  const device = await rig.lockctlJson('device', 'add', deviceId);
  const program = rig.node('tutorial/device.js', device.connectionString);
  await program.says(/^ready$/m);
  return program;
}

async function theirJobs(deviceId) {
  const service = rig.node('tutorial/service.js', serviceConnectionString, deviceId, '2');
  const { code } = await service.ends();
  assert.strictEqual(code, 0, service.output);
  const read = (kind) => JSON.parse(service.output.match(new RegExp(`^${kind} job (.*)$`, 'm'))[1]);
  return { method: read('method'), twin: read('twin') };
}

async function ourJobs(deviceId) {
  const where = `deviceId IN ['${deviceId}']`;
  const id = `pairing-${deviceId}`;
  await rig.lockctl('job', 'create', '--id', `${id}-twin`, '--where', where, '--desired', 'building=43,floor=3', '--in', '1s');
  await rig.lockctl('job', 'create', '--id', `${id}-method`, '--where', where, '--method', 'lockDoor',
    '--payload', '{"lockTime":"10m"}', '--in', '2s', '--wait');
  return { method: await rig.lockctlJson('job', 'show', `${id}-method`), twin: await rig.lockctlJson('job', 'show', `${id}-twin`) };
}

function assertSucceeded(job, type) {
  assert.strictEqual(job.type, type);
  assert.strictEqual(job.status, 'completed', JSON.stringify(job));
  const statistics = job.deviceJobStatistics;
  assert.deepStrictEqual({ devices: statistics.deviceCount, succeeded: statistics.succeededCount, failed: statistics.failedCount },
    { devices: 1, succeeded: 1, failed: 0 });
}

function assertBothSucceeded(jobs) {
  assertSucceeded(jobs.method, 'scheduleDeviceMethod');
  assertSucceeded(jobs.twin, 'scheduleUpdateTwin');
}

async function assertDoorIsLocked(deviceId, building) {
  const { properties: { reported } } = await rig.lockctlJson('twin', 'show', deviceId);
  assert.strictEqual(reported.lock.state, 'locked', JSON.stringify(reported));
  assert.deepStrictEqual(reported.building.value, building);
  assert.strictEqual(reported.floor.value, 3);
  assert.strictEqual(reported.building.ac, 200);
}

test('their device, their jobs', async () => {
  const device = await theirDevice('theirs-theirs');
  assertBothSucceeded(await theirJobs('theirs-theirs'));
  await device.says(/^locking "\{\\"lockTime\\":\\"10m\\"\}"$/m);
  await device.says(/^desired \{"building":"43","floor":3,"\$version":2\}$/m);
  await device.says(/^reported version 2$/m);
});

test('their device, our jobs', async () => {
  const device = await theirDevice('theirs-ours');
  assertBothSucceeded(await ourJobs('theirs-ours'));
  await device.says(/^locking \{.*"lockTime":"10m"\}$/m);
  await device.says(/^desired \{"building":43,"floor":3,"\$version":2\}$/m);
});

test('our door, their jobs', async () => {
  const door = await rig.door('ours-theirs');
  assertBothSucceeded(await theirJobs('ours-theirs'));
  await door.says(/event=method name=lockDoor status=200/);
  await assertDoorIsLocked('ours-theirs', '43');
});

test('our door, our jobs', async () => {
  const door = await rig.door('ours-ours');
  assertBothSucceeded(await ourJobs('ours-ours'));
  await door.says(/event=method name=lockDoor status=200/);
  await assertDoorIsLocked('ours-ours', 43);
});
