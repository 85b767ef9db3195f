'use strict';
// azure-iothub's Registry and Client, and its queries, against a fresh hub (protocol sheet §2.1 to §2.6, §3, §5.1).
const assert = require('assert');
const { test, before, after } = require('node:test');
const { Rig } = require('./harness');
const { Service, connectionStringOf, deviceFrom, until, refusal, nestedErrorCode } = require('./sdk');

let rig;
let service;
let registry;

before(async () => {
  rig = await Rig.start();
  service = new Service(rig);
  registry = service.registry;
});

after(async () => {
  service.close();
  await rig.stop();
});

// All rows of a query, page by page, and the sizes of the pages.
async function pagesOf(sql, pageSize) {
  const query = registry.createQuery(sql, pageSize);
  const rows = [];
  const sizes = [];
  while (query.hasMoreResults) {
    const { result } = await query.nextAsTwin();
    sizes.push(result.length);
    rows.push(...result);
  }
  return { rows, sizes };
}

async function rowsOf(sql) { return (await registry.createQuery(sql).next()).result; }

test('create makes both keys and gives the identity back (§2.4)', async () => {
  const { responseBody } = await registry.create({ deviceId: 'made' });
  assert.strictEqual(responseBody.deviceId, 'made');
  assert.strictEqual(responseBody.status, 'enabled');
  assert.strictEqual(responseBody.connectionState, 'Disconnected');
  assert.strictEqual(responseBody.authentication.type, 'sas');
  const { primaryKey, secondaryKey } = responseBody.authentication.symmetricKey;
  assert.strictEqual(primaryKey.length, 44);
  assert.notStrictEqual(primaryKey, secondaryKey);
  assert.deepStrictEqual((await registry.get('made')).responseBody, responseBody);
});

test('create keeps the keys it is given (§2.4)', async () => {
  const symmetricKey = { primaryKey: Buffer.alloc(32, 1).toString('base64'), secondaryKey: Buffer.alloc(32, 2).toString('base64') };
  const { responseBody } = await registry.create({ deviceId: 'keyed', authentication: { symmetricKey } });
  assert.deepStrictEqual(responseBody.authentication.symmetricKey, symmetricKey);
});

test('create with a thumbprint makes a self-signed device (§2.4)', async () => {
  const primaryThumbprint = 'A'.repeat(40);
  const { responseBody } = await registry.create({
    deviceId: 'thumb', authentication: { x509Thumbprint: { primaryThumbprint, secondaryThumbprint: 'B'.repeat(40) } },
  });
  assert.strictEqual(responseBody.authentication.type, 'selfSigned');
  assert.strictEqual(responseBody.authentication.x509Thumbprint.primaryThumbprint, primaryThumbprint);
});

test('update changes the status and keeps the keys that the SDK sends empty (§2.4)', async () => {
  const made = (await registry.create({ deviceId: 'changed' })).responseBody;
  const disabled = (await registry.update({ deviceId: 'changed', status: 'disabled', statusReason: 'moved' })).responseBody;
  assert.strictEqual(disabled.status, 'disabled');
  assert.strictEqual(disabled.statusReason, 'moved');
  assert.notStrictEqual(disabled.etag, made.etag);
  assert.deepStrictEqual(disabled.authentication.symmetricKey, made.authentication.symmetricKey);
});

test('what is not there is DeviceNotFoundError, for every call (§2.2)', async () => {
  for (const call of [
    () => registry.get('nobody'),
    () => registry.update({ deviceId: 'nobody', status: 'enabled' }),
    () => registry.delete('nobody'),
    () => registry.getTwin('nobody'),
    () => registry.updateTwin('nobody', { tags: { a: 1 } }, '*'),
    () => service.invoke('nobody', 'lockDoor'),
  ]) {
    const error = await refusal(call());
    assert.strictEqual(error.name, 'DeviceNotFoundError', `${call}: ${error.name} ${error.message}`);
  }
});

test('what is there already is DeviceAlreadyExistsError (§2.4)', async () => {
  await registry.create({ deviceId: 'there' });
  assert.strictEqual((await refusal(registry.create({ deviceId: 'there' }))).name, 'DeviceAlreadyExistsError');
  await registry.create({ deviceId: 'There' });  // another one: names are case-sensitive
});

test('a name with a slash is refused (§2.4)', async () => {
  assert.strictEqual((await refusal(registry.create({ deviceId: 'invalid/name' }))).name, 'ArgumentError');
});

test('delete removes the device and its twin (§2.4)', async () => {
  const first = (await registry.create({ deviceId: 'gone' })).responseBody;
  await service.patch('gone', { tags: { floor: 3 } });
  await registry.delete('gone');
  assert.strictEqual((await refusal(registry.get('gone'))).name, 'DeviceNotFoundError');
  const second = (await registry.create({ deviceId: 'gone' })).responseBody;
  assert.notStrictEqual(second.generationId, first.generationId);
  assert.strictEqual((await service.twin('gone')).tags?.floor, undefined);
});

test('a wrong key and a right that is missing are UnauthorizedError (§2.1)', async () => {
  const wrong = new Service(rig, service.connectionString.replace(/SharedAccessKey=.*/,
    `SharedAccessKey=${Buffer.alloc(32, 'x').toString('base64')}`));
  assert.strictEqual((await refusal(wrong.registry.list())).name, 'UnauthorizedError');
  wrong.close();
  const { connectionString } = await rig.lockctlJson('policy', 'add', 'reader', '--rights', 'registryRead');
  const reader = new Service(rig, connectionString);
  assert.ok(Array.isArray((await reader.registry.list()).responseBody));
  assert.strictEqual((await refusal(reader.registry.create({ deviceId: 'no-right' }))).name, 'UnauthorizedError');
  assert.strictEqual((await refusal(reader.twin('made'))).name, 'UnauthorizedError');
  reader.close();
});

test('bulk calls add, update and remove, and name what fails (§2.4)', async () => {
  const symmetricKey = () => ({ primaryKey: '', secondaryKey: '' });
  const devices = ['bulk-1', 'bulk-2'].map((deviceId) => ({ deviceId, authentication: { symmetricKey: symmetricKey() } }));
  const added = (await registry.addDevices(devices)).responseBody;
  assert.deepStrictEqual(added, { isSuccessful: true, errors: [], warnings: [] });
  assert.strictEqual((await service.device('bulk-1')).authentication.symmetricKey.primaryKey.length, 44);

  const updated = (await registry.updateDevices([{ ...devices[0], status: 'disabled' }], true)).responseBody;
  assert.strictEqual(updated.isSuccessful, true);
  assert.strictEqual((await service.device('bulk-1')).status, 'disabled');

  const again = (await registry.addDevices([devices[0], { ...devices[0], deviceId: 'bulk-3' }])).responseBody;
  assert.strictEqual(again.isSuccessful, false);
  assert.deepStrictEqual(again.errors.map((error) => [error.deviceId, error.errorCode]), [['bulk-1', 'DeviceAlreadyExists']]);

  const removed = (await registry.removeDevices(['bulk-1', 'bulk-2', 'bulk-3'].map((deviceId) => ({ deviceId })), true)).responseBody;
  assert.strictEqual(removed.isSuccessful, true);
  assert.strictEqual((await refusal(registry.get('bulk-2'))).name, 'DeviceNotFoundError');
});

test('statistics and list count what is there (§2.3)', async () => {
  const { responseBody: listed } = await registry.list();
  const { responseBody: counted } = await registry.getRegistryStatistics();
  assert.strictEqual(counted.totalDeviceCount, listed.length);
  assert.strictEqual(counted.disabledDeviceCount, listed.filter((device) => device.status === 'disabled').length);
  assert.strictEqual(counted.enabledDeviceCount + counted.disabledDeviceCount, counted.totalDeviceCount);
});

test('a new twin begins at version one (§1.8, §2.5)', async () => {
  await registry.create({ deviceId: 'fresh' });
  const twin = await service.twin('fresh');
  assert.strictEqual(twin.etag, 'AAAAAAAAAAE=');
  assert.strictEqual(twin.version, 1);
  assert.strictEqual(twin.deviceEtag, (await service.device('fresh')).etag);
  assert.strictEqual(twin.status, 'enabled');
  for (const section of [twin.properties.desired, twin.properties.reported]) {
    assert.deepStrictEqual(Object.keys(section).sort(), ['$metadata', '$version']);
    assert.strictEqual(section.$version, 1);
  }
});

// Replacing (PUT) is not in this SDK: replay/twins.json has it as C# and Python send it.
test('updateTwin merges and counts once (§2.5)', async () => {
  await registry.create({ deviceId: 'twinned' });
  await service.patch('twinned', { tags: { building: 43, gone: 1 }, properties: { desired: { a: { b: 1 } } } });
  const merged = await service.patch('twinned', { tags: { floor: 3, gone: null }, properties: { desired: { a: { c: 2 } } } });
  assert.deepStrictEqual(merged.tags, { building: 43, floor: 3 });
  assert.deepStrictEqual(merged.properties.desired.a, { b: 1, c: 2 });
  assert.strictEqual(merged.properties.desired.$version, 3);
  assert.strictEqual(merged.version, 3);
  assert.strictEqual(merged.properties.desired.$metadata.a.c.$lastUpdatedVersion, 3);
  assert.strictEqual(merged.properties.desired.$metadata.a.b.$lastUpdatedVersion, 2);
});

test('an etag lets a change in once (§2.5)', async () => {
  await registry.create({ deviceId: 'tagged' });
  const { etag } = await service.twin('tagged');
  const changed = await service.patch('tagged', { tags: { a: 1 } }, etag);
  assert.notStrictEqual(changed.etag, etag);
  const error = await refusal(service.patch('tagged', { tags: { a: 2 } }, etag));
  assert.strictEqual(error.name, 'InvalidEtagError', error.message);
  assert.deepStrictEqual((await service.twin('tagged')).tags, { a: 1 });
  const update = await refusal(registry.updateTwin('tagged', { tags: { a: 3 } }, 'AAAAAAAAAGM='));
  assert.strictEqual(update.name, 'InvalidEtagError');
});

test('sections that are null are cleared (§1.8)', async () => {
  await registry.create({ deviceId: 'cleared' });
  await service.patch('cleared', { tags: { a: 1 }, properties: { desired: { b: 1 } } });
  const twin = await service.patch('cleared', { tags: null, properties: { desired: null } });
  assert.deepStrictEqual(twin.tags ?? {}, {});
  assert.deepStrictEqual(Object.keys(twin.properties.desired).sort(), ['$metadata', '$version']);
});

test('queries come in pages of 1 and of 100 (§2.6)', async () => {
  const ids = Array.from({ length: 105 }, (_, n) => `page-${String(n).padStart(3, '0')}`);
  for (const some of [ids.slice(0, 100), ids.slice(100)]) {
    await registry.addDevices(some.map((deviceId) => ({ deviceId, authentication: { symmetricKey: { primaryKey: '', secondaryKey: '' } } })));
  }
  const sql = "SELECT * FROM devices WHERE STARTSWITH(deviceId, 'page-')";
  const large = await pagesOf(sql, 100);
  assert.deepStrictEqual(large.sizes, [100, 5]);
  assert.deepStrictEqual(large.rows.map((twin) => twin.deviceId).sort(), ids);

  const few = "SELECT * FROM devices WHERE deviceId IN ['page-000', 'page-050', 'page-104']";
  const small = await pagesOf(few, 1);
  assert.deepStrictEqual(small.sizes, [1, 1, 1]);
  assert.deepStrictEqual(small.rows.map((twin) => twin.deviceId).sort(), ['page-000', 'page-050', 'page-104']);

  const none = await pagesOf("SELECT * FROM devices WHERE deviceId = 'nobody'", 1);
  assert.deepStrictEqual(none.rows, []);
});

test('a twin from a query can be written back (§2.6)', async () => {
  await registry.create({ deviceId: 'queried' });
  await service.patch('queried', { tags: { building: 44 } });
  const { rows: [twin] } = await pagesOf('SELECT * FROM devices WHERE tags.building = 44', 10);
  const changed = (await twin.update({ tags: { building: 45 } })).result;
  assert.strictEqual(changed.tags.building, 45);
  const stale = await refusal(service.patch('queried', { tags: { building: 46 } }, 'AAAAAAAAAAI='));
  assert.strictEqual(stale.name, 'InvalidEtagError');
});

test('projections and aggregates (§3)', async () => {
  for (const [deviceId, floor] of [['agg-1', 1], ['agg-2', 2], ['agg-3', 2]]) {
    await registry.create({ deviceId });
    await service.patch(deviceId, { tags: { aggregate: true, floor } });
  }
  assert.deepStrictEqual(await rowsOf("SELECT COUNT() AS doors FROM devices WHERE tags.aggregate = true"), [{ doors: 3 }]);
  assert.deepStrictEqual(await rowsOf(
    'SELECT tags.floor AS floor, COUNT() AS doors FROM devices WHERE tags.aggregate = true GROUP BY tags.floor'),
  [{ floor: 1, doors: 1 }, { floor: 2, doors: 2 }]);
  assert.deepStrictEqual(await rowsOf("SELECT deviceId, tags.floor FROM devices WHERE deviceId = 'agg-1'"), [{ deviceId: 'agg-1', floor: 1 }]);
});

test('a query that cannot be read is ArgumentError (§2.2)', async () => {
  const error = await refusal(registry.createQuery('SELEKT * FROM devices').next());
  assert.strictEqual(error.name, 'ArgumentError');
  assert.match(error.responseBody, /ErrorCode:ArgumentInvalid;/);
});

test('a method to a device that is away is 404103, at once or after the time to connect (§2.6)', async () => {
  await registry.create({ deviceId: 'away' });
  const error = await refusal(service.invoke('away', 'lockDoor'));
  assert.strictEqual(nestedErrorCode(error), 404103);
  assert.notStrictEqual(error.name, 'DeviceNotFoundError');
  const began = Date.now();
  assert.strictEqual(nestedErrorCode(await refusal(service.invoke('away', 'lockDoor', null, { connectTimeoutInSeconds: 1 }))), 404103);
  assert.ok(Date.now() - began >= 850, 'a little before its end, so that the answer is in time');
});

test('a method to a device that comes in time is answered (§2.6)', async () => {
  const { responseBody } = await registry.create({ deviceId: 'late' });
  const answer = service.invoke('late', 'lockDoor', null, { connectTimeoutInSeconds: 30 });
  const device = await deviceFrom(rig, connectionStringOf(rig, responseBody));
  await device.open();
  device.onDeviceMethod('lockDoor', (request, response) => response.send(200, 'here', () => {}));
  assert.deepStrictEqual(await answer, { status: 200, payload: 'here' });
  await device.close();
});

test('a device without methods is 404103, one that does not answer is 504101 (§2.6)', async () => {
  const { responseBody } = await registry.create({ deviceId: 'silent' });
  const device = await deviceFrom(rig, connectionStringOf(rig, responseBody));
  await device.open();
  assert.strictEqual(nestedErrorCode(await refusal(service.invoke('silent', 'lockDoor'))), 404103);
  device.onDeviceMethod('lockDoor', () => {});
  await until('the device listens', async () => {
    const error = await refusal(service.invoke('silent', 'lockDoor', null, { responseTimeoutInSeconds: 5, connectTimeoutInSeconds: 5 }));
    assert.strictEqual(error.name, 'GatewayTimeoutError');
    return nestedErrorCode(error) === 504101;
  });
  await device.close();
});

test('arguments out of their range are ArgumentError (§2.6)', async () => {
  for (const timeouts of [{ responseTimeoutInSeconds: 4 }, { responseTimeoutInSeconds: 301 }, { connectTimeoutInSeconds: 301 }]) {
    const error = await refusal(service.invoke('made', 'lockDoor', null, timeouts));
    assert.strictEqual(error.name, 'ArgumentError', JSON.stringify(timeouts));
  }
  const large = await refusal(service.invoke('made', 'lockDoor', 'x'.repeat(128 * 1024)));
  assert.strictEqual(large.response.statusCode, 413);
  const larger = await refusal(service.invoke('made', 'lockDoor', 'x'.repeat(400 * 1024)));
  assert.strictEqual(larger.response.statusCode, 413);
});
