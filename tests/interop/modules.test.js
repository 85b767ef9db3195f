'use strict';
// azure-iot-device's ModuleClient and azure-iothub's calls for modules (protocol sheet §1.1, §1.4, §2.3, §2.5, §2.6).
const assert = require('assert');
const { test, before, after } = require('node:test');
const { ModuleClient, Message } = require('azure-iot-device');
const { Mqtt } = require('azure-iot-device-mqtt');
const { Rig } = require('./harness');
const { Service, until, refusal } = require('./sdk');

let rig;
let service;

before(async () => {
  rig = await Rig.start();
  service = new Service(rig);
  await service.registry.create({ deviceId: 'd1' });
});

after(async () => {
  service.close();
  await rig.stop();
});

async function register(moduleId) {
  await service.registry.addModule({ deviceId: 'd1', moduleId });
  const { responseBody } = await service.registry.getModule('d1', moduleId);
  const key = responseBody.authentication.symmetricKey.primaryKey;
  return `HostName=localhost:${rig.mqttPort};DeviceId=d1;ModuleId=${moduleId};SharedAccessKey=${key}`;
}

async function opened(moduleId) {
  const client = ModuleClient.fromConnectionString(await register(moduleId), Mqtt);
  await client.setOptions({ ca: rig.ca });
  await client.open();
  return client;
}

test('modules are registered, listed and removed', async () => {
  await register('listed');
  const { responseBody } = await service.registry.getModulesOnDevice('d1');
  assert.ok(responseBody.some((module) => module.moduleId === 'listed' && module.deviceId === 'd1'));
  await service.registry.removeModule('d1', 'listed');
  assert.match((await refusal(service.registry.getModule('d1', 'listed'))).responseBody, /ModuleNotFound/);
});

test('a module has a twin, answers methods and sends telemetry', async () => {
  const client = await opened('cam');
  try {
    client.onMethod('snap', (request, response) => response.send(200, { got: request.payload }));
    const twin = await client.getTwin();
    const desired = new Promise((resolve) => {
      twin.on('properties.desired', (change) => { if (change.zoom) resolve(change); });
    });
    await new Promise((resolve, reject) => {
      twin.properties.reported.update({ ready: true }, (error) => (error ? reject(error) : resolve()));
    });
    const seen = (await service.registry.getModuleTwin('d1', 'cam')).responseBody;
    assert.strictEqual(seen.moduleId, 'cam');
    assert.strictEqual(seen.properties.reported.ready, true);

    await service.registry.updateModuleTwin('d1', 'cam', { properties: { desired: { zoom: 3 } } }, '*');
    assert.strictEqual((await desired).zoom, 3);

    const call = { methodName: 'snap', payload: 7, responseTimeoutInSeconds: 20 };
    const { result } = await service.client.invokeDeviceMethod('d1', 'cam', call);
    assert.deepStrictEqual(result, { status: 200, payload: { got: 7 } });

    await client.sendEvent(new Message('{"light":4}'));
    const kept = await until('the message', async () => {
      const messages = JSON.parse((await service.ask('GET', '/lockhub/v1/telemetry')).text);
      return messages.find((message) => message.moduleId === 'cam');
    });
    assert.deepStrictEqual([kept.deviceId, kept.body], ['d1', { light: 4 }]);
  } finally {
    await client.close();
  }
});
