'use strict';
// azure-iothub's JobClient and the devices.jobs query, against a fresh hub (protocol sheet §2.7, §5.1).
const assert = require('assert');
const { test, before, after } = require('node:test');
const { Rig } = require('./harness');
const { Service, connectionStringOf, deviceFrom, until, refusal } = require('./sdk');

const DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?Z?$/;
const FINAL = ['completed', 'failed', 'cancelled'];

let rig;
let service;
let jobs;
const doors = {};

// Four doors: two on floor 3 of building 43, one above them, one next door; and one that is registered but away.
before(async () => {
  rig = await Rig.start();
  service = new Service(rig);
  jobs = service.jobs;
  await Promise.all([['43-3-a', 43, 3], ['43-3-b', 43, 3], ['43-4', 43, 4], ['44-3', 44, 3]].map(openDoor));
  await service.registry.create({ deviceId: 'away' });
});

after(async () => {
  await Promise.all(Object.values(doors).map((door) => door.client.close()));
  service.close();
  await rig.stop();
});

async function openDoor([deviceId, building, floor]) {
  const { responseBody } = await service.registry.create({ deviceId });
  await service.patch(deviceId, { tags: { building, floor } });
  const door = { calls: [], client: await deviceFrom(rig, connectionStringOf(rig, responseBody)) };
  doors[deviceId] = door;
  await door.client.open();
  for (const [name, status] of [['lockDoor', 200], ['reboot', 200], ['refuse', 404]]) {
    door.client.onDeviceMethod(name, (request, response) => {
      door.calls.push({ name, payload: request.payload, at: Date.now() });
      response.send(status, `executed ${name}`, () => {});
    });
  }
  door.client.onDeviceMethod('silent', () => {});
  await service.invoke(deviceId, 'lockDoor', 'ready?', { connectTimeoutInSeconds: 20 });
  door.calls.length = 0;
}

const show = async (jobId) => (await jobs.getJob(jobId)).jobStatus;
const soon = (ms) => new Date(Date.now() + ms);

async function ends(jobId) {
  return until(`the end of job ${jobId}`, async () => {
    const job = await show(jobId);
    return FINAL.includes(job.status) && job;
  });
}

async function rowsOf(condition) {
  const { result } = await service.registry.createQuery(`SELECT * FROM devices.jobs WHERE ${condition}`).next();
  return result.sort((a, b) => (a.deviceId < b.deviceId ? -1 : 1));
}

function called(name) { return Object.keys(doors).filter((id) => doors[id].calls.some((call) => call.name === name)).sort(); }

test("the guide's example: reboot building 43, floor 3, at a time to come", async () => {
  const at = soon(3000);
  const condition = 'tags.building = 43 AND tags.floor = 3';
  const others = ['43-4', '44-3', 'away'];
  const before = await Promise.all(others.map((id) => service.twin(id)));
  const { jobStatus: made } = await jobs.scheduleDeviceMethod('guide-reboot', condition,
    { methodName: 'reboot', payload: null, responseTimeoutInSeconds: 15 }, at, 300);
  assert.strictEqual(made.status, 'queued');
  await until('it is scheduled', async () => (await show('guide-reboot')).status === 'scheduled');
  assert.deepStrictEqual(called('reboot'), []);

  const job = await ends('guide-reboot');
  assert.strictEqual(job.status, 'completed');
  assert.deepStrictEqual(job.deviceJobStatistics,
    { deviceCount: 2, failedCount: 0, succeededCount: 2, runningCount: 0, pendingCount: 0 });
  assert.deepStrictEqual(called('reboot'), ['43-3-a', '43-3-b']);
  for (const id of called('reboot')) {
    assert.strictEqual(doors[id].calls.filter((call) => call.name === 'reboot').length, 1);
    assert.ok(doors[id].calls[0].at >= at.getTime(), 'not before its time');
  }
  const rows = await rowsOf("devices.jobs.jobId = 'guide-reboot'");
  assert.deepStrictEqual(rows.map((row) => [row.deviceId, row.status, row.outcome.deviceMethodResponse]),
    ['43-3-a', '43-3-b'].map((id) => [id, 'completed', { status: 200, payload: 'executed reboot' }]));
  for (const id of ['43-4', '44-3']) assert.deepStrictEqual(doors[id].calls, [], `${id} is not called`);
  const after = await Promise.all(others.map((id) => service.twin(id)));
  after.forEach((twin, i) => {
    assert.strictEqual(twin.etag, before[i].etag, `the twin of ${others[i]} is as it was`);
    assert.deepStrictEqual(twin.properties, before[i].properties);
  });
});

test('a method job has the fields of IoT Hub, made and ended (§2.7)', async () => {
  const { jobStatus: made } = await jobs.scheduleDeviceMethod('method', "deviceId IN ['43-4']",
    { methodName: 'lockDoor', payload: { lockTime: '10m' }, responseTimeoutInSeconds: 15 }, new Date(), 300);
  assert.strictEqual(made.jobId, 'method');
  assert.strictEqual(made.type, 'scheduleDeviceMethod');
  assert.strictEqual(made.status, 'queued');

  const job = await ends('method');
  assert.strictEqual(job.status, 'completed');
  assert.strictEqual(job.type, 'scheduleDeviceMethod');
  assert.strictEqual(job.queryCondition, "deviceId IN ['43-4']");
  assert.strictEqual(job.maxExecutionTimeInSeconds, 300);
  assert.deepStrictEqual(job.cloudToDeviceMethod,
    { methodName: 'lockDoor', payload: { lockTime: '10m' }, responseTimeoutInSeconds: 15 });
  for (const time of ['createdTime', 'startTime', 'endTime']) assert.match(job[time], DATE, time);
  assert.ok(!('jobType' in job), 'jobType belongs to rows');
  assert.deepStrictEqual(doors['43-4'].calls.at(-1).payload, { lockTime: '10m' });
});

test('a row of a method job has the fields of IoT Hub (§2.7)', async () => {
  await jobs.scheduleDeviceMethod('rows', "deviceId IN ['43-4', '44-3']", { methodName: 'refuse' }, new Date(), 100);
  const job = await ends('rows');
  assert.strictEqual(job.deviceJobStatistics.succeededCount, 2, 'a device that answers 404 has completed');
  const [row, other] = await rowsOf("devices.jobs.jobId = 'rows'");
  assert.deepStrictEqual([row.deviceId, other.deviceId], ['43-4', '44-3']);
  assert.strictEqual(row.jobId, 'rows');
  assert.strictEqual(row.jobType, 'scheduleDeviceMethod');
  assert.ok(!('type' in row), 'type belongs to jobs');
  assert.strictEqual(row.status, 'completed');
  assert.deepStrictEqual(row.outcome, { deviceMethodResponse: { status: 404, payload: 'executed refuse' } });
  for (const time of ['startTimeUtc', 'endTimeUtc', 'createdDateTimeUtc', 'lastUpdatedDateTimeUtc']) assert.match(row[time], DATE, time);
  assert.strictEqual(Date.parse(row.endTimeUtc) - Date.parse(row.startTimeUtc), 100 * 1000, 'the deadline, not the end');
});

test('a twin job writes desired properties and tags (§2.7)', async () => {
  const patch = { etag: '*', tags: { wing: 'east' }, properties: { desired: { holdTime: '5s' } } };
  const { jobStatus: made } = await jobs.scheduleTwinUpdate('twin', 'tags.floor = 3', patch, new Date(), 300);
  assert.strictEqual(made.type, 'scheduleUpdateTwin');
  assert.strictEqual(made.status, 'queued');
  const job = await ends('twin');
  assert.strictEqual(job.status, 'completed');
  assert.deepStrictEqual(job.updateTwin, { deviceId: null, ...patch });
  assert.strictEqual(job.deviceJobStatistics.succeededCount, 3);
  for (const id of ['43-3-a', '43-3-b', '44-3']) {
    const twin = await service.twin(id);
    assert.strictEqual(twin.tags.wing, 'east');
    assert.strictEqual(twin.tags.floor, 3);
    assert.strictEqual(twin.properties.desired.holdTime, '5s');
  }
  assert.strictEqual((await service.twin('43-4')).tags.wing, undefined);
  const [row] = await rowsOf("devices.jobs.jobId = 'twin'");
  assert.deepStrictEqual(row.outcome, {});
});

test('the short overload starts at once with an hour (§2.7)', async () => {
  await jobs.scheduleDeviceMethod('short', "deviceId IN ['43-4']", { methodName: 'lockDoor' });
  const job = await ends('short');
  assert.strictEqual(job.status, 'completed');
  assert.strictEqual(job.maxExecutionTimeInSeconds, 3600);
});

test('an offline door of a method job is called when it comes, and fails at the deadline if not (§2.7)', async () => {
  await jobs.scheduleDeviceMethod('offline', "deviceId IN ['away', '43-4']", { methodName: 'lockDoor' }, new Date(), 4);
  await until('the one that is there has been called', async () => (await show('offline')).deviceJobStatistics?.succeededCount === 1);
  const [pending] = await rowsOf("devices.jobs.jobId = 'offline' AND devices.jobs.status = 'pending'");
  assert.strictEqual(pending.deviceId, 'away');
  const job = await ends('offline');
  assert.strictEqual(job.status, 'completed', 'a job with devices that failed is completed');
  assert.strictEqual(job.deviceJobStatistics.failedCount, 1);
  const [row] = await rowsOf("devices.jobs.jobId = 'offline' AND devices.jobs.deviceId = 'away'");
  assert.strictEqual(row.status, 'failed');
  assert.strictEqual(row.error.code, 'JobRunPreconditionFailed');
  assert.deepStrictEqual(row.outcome, {});
});

test('a condition that cannot be read fails the job and not the call (§2.7)', async () => {
  const { jobStatus: made } = await jobs.scheduleDeviceMethod('bad', 'tags.building == 43', { methodName: 'reboot' }, new Date(), 300);
  assert.strictEqual(made.status, 'queued');
  const job = await ends('bad');
  assert.strictEqual(job.status, 'failed');
  assert.match(job.failureReason, /^SQL query parse failed due to following errors: /);
  assert.deepStrictEqual(called('reboot'), ['43-3-a', '43-3-b']);
});

test('a scheduled job is cancelled, a running or ended one is not (§2.7)', async () => {
  await jobs.scheduleDeviceMethod('cancelled', '*', { methodName: 'reboot' }, soon(3600 * 1000), 300);
  assert.strictEqual((await jobs.cancelJob('cancelled')).jobStatus.status, 'cancelled');
  assert.strictEqual((await show('cancelled')).status, 'cancelled');
  const ended = await refusal(jobs.cancelJob('method'));
  assert.strictEqual(ended.response.statusCode, 405);
  assert.match(ended.responseBody, /ErrorCode:OperationNotAllowedInCurrentState;/);

  await jobs.scheduleDeviceMethod('running', "deviceId IN ['away']", { methodName: 'lockDoor' }, new Date(), 300);
  await until('it runs', async () => (await show('running')).status === 'running');
  const busy = await refusal(jobs.cancelJob('running'));
  assert.strictEqual(busy.response.statusCode, 405);
  assert.match(busy.responseBody, /Job cannot be cancelled in 'Running' status/);
  assert.strictEqual((await show('running')).status, 'running');
});

test('an id is used once, and one that is unknown is not found (§2.7)', async () => {
  const twice = await refusal(jobs.scheduleDeviceMethod('method', '*', { methodName: 'lockDoor' }, soon(3600 * 1000), 300));
  assert.strictEqual(twice.response.statusCode, 409);
  assert.match(twice.responseBody, /ErrorCode:JobAlreadyExists;/);
  for (const call of [() => jobs.getJob('nothing'), () => jobs.cancelJob('nothing')]) {
    const unknown = await refusal(call());
    assert.strictEqual(unknown.response.statusCode, 404);
    assert.match(unknown.responseBody, /ErrorCode:JobNotFound;/);
  }
});

test('a twin job without the etag * is refused in the words of IoT Hub (§2.7)', async () => {
  const error = await refusal(jobs.scheduleTwinUpdate('no-etag', '*', { tags: { a: 1 } }, new Date(), 300));
  assert.strictEqual(error.name, 'ArgumentError');
  assert.match(error.responseBody, /Missing or invalid etag for job type ScheduleUpdateTwin/);
});

test('jobs are listed by type and status, and in pages (§2.7)', async () => {
  const all = [];
  const query = jobs.createQuery(undefined, undefined, 2);
  let pages = 0;
  // The promise form never sends the token back: the token is handed over by hand, as the SDK documents.
  while (query.hasMoreResults) {
    const { result } = await query.next(query.continuationToken);
    assert.ok(result.length <= 2);
    all.push(...result.map((job) => job.jobId));
    ++pages;
  }
  assert.ok(pages > 1);
  assert.strictEqual(new Set(all).size, all.length);
  for (const id of ['guide-reboot', 'method', 'twin', 'bad', 'cancelled']) assert.ok(all.includes(id), id);

  const { result: twins } = await jobs.createQuery('scheduleUpdateTwin', 'completed').next();
  assert.deepStrictEqual(twins.map((job) => job.jobId), ['twin']);
  const { result: failed } = await jobs.createQuery('scheduleDeviceMethod', 'failed').next();
  assert.deepStrictEqual(failed.map((job) => job.jobId), ['bad']);
});

test('rows are found over jobs and doors (§2.7, §3)', async () => {
  const failed = await rowsOf("devices.jobs.status = 'failed' AND devices.jobs.jobType = 'scheduleDeviceMethod'");
  assert.ok(failed.length >= 1 && failed.every((row) => row.deviceId === 'away'));
  const ofOneDoor = await rowsOf("devices.jobs.deviceId = '44-3'");
  assert.deepStrictEqual(ofOneDoor.map((row) => row.jobId).sort(), ['rows', 'twin']);
});

test('rows come in pages (§2.7, §2.6)', async () => {
  const { result: all } = await service.registry.createQuery('SELECT * FROM devices.jobs').next();
  const query = service.registry.createQuery('SELECT * FROM devices.jobs', 3);
  const paged = [];
  while (query.hasMoreResults) {
    const { result } = await query.next(query.continuationToken);
    assert.ok(result.length <= 3);
    paged.push(...result);
  }
  assert.ok(all.length > 3);
  const key = (row) => `${row.jobId} ${row.deviceId}`;
  assert.deepStrictEqual(paged.map(key).sort(), all.map(key).sort());
});

test('a silent door fails its row with a time-out (§2.7)', async () => {
  await jobs.scheduleDeviceMethod('silence', "deviceId IN ['43-4']", { methodName: 'silent', responseTimeoutInSeconds: 5 }, new Date(), 60);
  const job = await ends('silence');
  assert.strictEqual(job.deviceJobStatistics.failedCount, 1);
  const [row] = await rowsOf("devices.jobs.jobId = 'silence'");
  assert.strictEqual(row.error.code, 'DeviceTimeout');
});
