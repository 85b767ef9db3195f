'use strict';
// The device of Microsoft's "schedule and broadcast jobs" tutorial: a simulated door that answers lockDoor.
// Usage: node device.js DEVICE_CONNECTION_STRING. The CA of the hub comes through NODE_EXTRA_CA_CERTS.
const { Client } = require('azure-iot-device');
const { Mqtt } = require('azure-iot-device-mqtt');

function fail(what, err) {
  console.error(`${what}: ${err.message}`);
  process.exit(1);
}

const client = Client.fromConnectionString(process.argv[2], Mqtt);

client.open((err) => {
  if (err) fail('could not connect', err);
  client.onDeviceMethod('lockDoor', (request, response) => {
    console.log(`locking ${JSON.stringify(request.payload)}`);
    response.send(200, 'lockDoor called successfully', (sendErr) => {
      if (sendErr) fail('could not answer', sendErr);
    });
  });
  client.getTwin((twinErr, twin) => {
    if (twinErr) fail('could not get the twin', twinErr);
    twin.on('properties.desired', (desired) => {
      console.log(`desired ${JSON.stringify(desired)}`);
      const { $version: version, ...patch } = desired;
      twin.properties.reported.update(patch, (reportErr) => {
        if (reportErr) fail('could not report', reportErr);
        console.log(`reported version ${version}`);
      });
    });
    console.log('ready');
  });
});
