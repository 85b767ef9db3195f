'use strict';
// Microsoft's clients, made for one rig's hub: they trust its CA and find its ports.
const fs = require('fs');
const https = require('https');
const { Client: DeviceClient } = require('azure-iot-device');
const { Mqtt } = require('azure-iot-device-mqtt');
const { NoRetry } = require('azure-iot-common');
const { Registry, JobClient, Client, ConnectionString, SharedAccessSignature } = require('azure-iothub');
const { sleep } = require('./harness');

// Registry, JobClient and Client for a policy's connection string; the hub's owner unless another is given.
class Service {
  constructor(rig, connectionString) {
    const owner = JSON.parse(fs.readFileSync(`${rig.data}/lockctl.json`, 'utf8')).connectionString;
    // These clients have port 443 hard-coded and take none in HostName: only an agent can name another.
    this.connectionString = (connectionString || owner).replace(/^(HostName=[^:;]+):\d+/, '$1');
    this.agent = new https.Agent({ keepAlive: true, ca: fs.readFileSync(rig.ca) });
    this.agent.defaultPort = rig.httpsPort;
    this.port = rig.httpsPort;
    this.registry = this.made(Registry);
    this.jobs = this.made(JobClient);
    this.client = this.made(Client);
  }

  made(Kind) {
    const client = Kind.fromConnectionString(this.connectionString);
    client._restApiClient.setOptions({ http: { agent: this.agent } });
    return client;
  }

  close() { this.agent.destroy(); }

  async device(deviceId) { return (await this.registry.get(deviceId)).responseBody; }
  async twin(deviceId) { return (await this.registry.getTwin(deviceId)).responseBody; }
  async patch(deviceId, patch, etag = '*') { return (await this.registry.updateTwin(deviceId, patch, etag)).responseBody; }

  // Resolves to { status, payload } as the device answered.
  async invoke(deviceId, methodName, payload, timeouts = {}) {
    const params = { methodName, payload, responseTimeoutInSeconds: 20, connectTimeoutInSeconds: 0, ...timeouts };
    return (await this.client.invokeDeviceMethod(deviceId, params)).result;
  }

  // A cloud-to-device message by lockhub's own route: the SDK sends them over AMQP only. Resolves to the answer's status.
  async send(deviceId, body, headers = {}) {
    return (await this.ask('POST', `/lockhub/v1/devices/${deviceId}/messages`, body, headers)).status;
  }

  // What is waiting for a device is dropped; resolves to the body of the answer.
  async purge(deviceId) { return (await this.ask('DELETE', `/devices/${deviceId}/commands?api-version=2021-04-12`)).text; }

  // A request that this SDK has no call for, with its token.
  ask(method, target, body = '', headers = {}) {
    const { HostName, SharedAccessKeyName, SharedAccessKey } = ConnectionString.parse(this.connectionString);
    const token = SharedAccessSignature.create(HostName, SharedAccessKeyName, SharedAccessKey, Math.floor(Date.now() / 1000) + 3600);
    return new Promise((resolve, reject) => {
      const request = https.request({
        host: HostName, port: this.port, agent: this.agent, method, path: target,
        headers: { Authorization: token.toString(), 'Content-Length': Buffer.byteLength(body), ...headers },
      }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (data) => { text += data; });
        response.on('end', () => resolve({ status: response.statusCode, text }));
      });
      request.on('error', reject);
      request.end(body);
    });
  }
}

function connectionStringOf(rig, registered) {
  const { deviceId, authentication: { symmetricKey } } = registered;
  return `HostName=localhost:${rig.mqttPort};DeviceId=${deviceId};SharedAccessKey=${symmetricKey.primaryKey}`;
}

// A device client, not yet open. Its options are not there before the promise is kept: it reads the CA's file.
async function deviceFrom(rig, connectionString, options = {}) {
  const client = DeviceClient.fromConnectionString(connectionString, Mqtt);
  await client.setOptions({ ca: rig.ca, ...options });
  return client;
}

// A device client that says at once what is wrong instead of trying for four minutes.
async function impatientDeviceFrom(rig, connectionString) {
  const client = await deviceFrom(rig, connectionString);
  client.setRetryPolicy(new NoRetry());
  return client;
}

// The value of `look` as soon as it is neither false nor nothing.
async function until(what, look, timeoutMs = 60000) {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (Date.now() > deadline) throw new Error(`${what} did not happen within ${timeoutMs} ms`);
    await sleep(25);
  }
}

// The error of a promise that must fail.
async function refusal(promise) {
  let value;
  try {
    value = await promise;
  } catch (error) {
    return error;
  }
  throw new Error(`was not refused but answered ${JSON.stringify(value && (value.responseBody || value.result))}`);
}

// The numeric code in an error body whose Message is JSON text itself.
function nestedErrorCode(error) {
  return JSON.parse(JSON.parse(error.responseBody).Message).errorCode;
}

module.exports = { Service, DeviceClient, connectionStringOf, deviceFrom, impatientDeviceFrom, until, refusal, nestedErrorCode };
