'use strict';
// A device on Microsoft's Node SDK, unmodified, that answers getStatus at once: the peer of doorlockd in bench/figures.py.
// Usage: node azure_device.js DEVICE_CONNECTION_STRING, with NODE_EXTRA_CA_CERTS; says "ready" on standard output.
const path = require('node:path');
const { createRequire } = require('node:module');

const sdk = createRequire(path.join(__dirname, '../../tests/interop/package.json'));
const { Client } = sdk('azure-iot-device');
const { Mqtt } = sdk('azure-iot-device-mqtt');

const client = Client.fromConnectionString(process.argv[2], Mqtt);

async function main() {
  await client.open();
  client.onDeviceMethod('getStatus', (request, response) => {
    response.send(200, { Response: 'getStatus called successfully', lock: { state: 'locked' } }, () => {});
  });
  await client.getTwin();  // its answer comes after the subscription to methods
  console.log('ready');
}

main().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
