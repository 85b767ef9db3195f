'use strict';
// azure-iot-device over azure-iot-device-mqtt's MqttWs: MQTT in a WebSocket on the HTTPS port (protocol sheet §1.1).
const assert = require('assert');
const fs = require('fs');
const https = require('https');
const tls = require('tls');
const { test, before, after } = require('node:test');
const { Client: DeviceClient, Message } = require('azure-iot-device');
const { MqttWs } = require('azure-iot-device-mqtt');
const { NoRetry } = require('azure-iot-common');
const { Rig } = require('./harness');
const { Service, until, refusal } = require('./sdk');

let rig;
let service;
const opened = [];

before(async () => {
  rig = await Rig.start();
  service = new Service(rig);
});

after(async () => {
  await Promise.all(opened.map((client) => client.close().catch(() => {})));
  service.close();
  await rig.stop();
});

// MqttWs has port 443 hard-coded; only an agent can go elsewhere.
class OtherPort extends https.Agent {
  createConnection(options, done) {
    return tls.connect({ ...options, port: rig.httpsPort, ca: fs.readFileSync(rig.ca), servername: 'localhost' }, done);
  }
}

async function clientFor(deviceId, key) {
  const client = DeviceClient.fromConnectionString(`HostName=localhost;DeviceId=${deviceId};SharedAccessKey=${key}`, MqttWs);
  await client.setOptions({ ca: rig.ca, mqtt: { webSocketAgent: new OtherPort() } });
  client.setRetryPolicy(new NoRetry());
  opened.push(client);
  return client;
}

async function register(deviceId) {
  const { responseBody } = await service.registry.create({ deviceId });
  return responseBody.authentication.symmetricKey.primaryKey;
}

test('a door on a WebSocket: twin, methods, telemetry', async () => {
  const client = await clientFor('ws-door', await register('ws-door'));
  await client.open();
  client.onDeviceMethod('lockDoor', (request, response) => { response.send(200, { for: request.payload.lockTime }, () => {}); });
  const twin = await client.getTwin();
  const desired = [];
  twin.on('properties.desired', (delta) => desired.push(delta));
  await new Promise((resolve, reject) => {
    twin.properties.reported.update({ building: 43 }, (err) => (err ? reject(err) : resolve()));
  });
  assert.strictEqual((await service.twin('ws-door')).properties.reported.building, 43);

  await until('the desired property arrives', async () => {
    await service.patch('ws-door', { properties: { desired: { floor: 3 } } });
    return desired.some((delta) => delta.floor === 3);
  });
  const answer = await service.invoke('ws-door', 'lockDoor', { lockTime: '10m' }, { connectTimeoutInSeconds: 10 });
  assert.deepStrictEqual(answer, { status: 200, payload: { for: '10m' } });
  await client.sendEvent(new Message('hello'));  // resolves with the PUBACK
  await client.sendEvent(new Message('x'.repeat(200 * 1024)));
});

test('a wrong key is refused on a WebSocket', async () => {
  await register('ws-stranger');
  const client = await clientFor('ws-stranger', Buffer.alloc(32).toString('base64'));
  const error = await refusal(client.open());
  assert.strictEqual(error.name, 'UnauthorizedError');
});
