'use strict';
// Sends what the SDKs of other languages put on the wire, as replay/ has it, to a fresh hub over TLS
// (protocol sheet §1.1, §1.3, §2, §5.3, §5.4).
const assert = require('assert');
const crypto = require('crypto');
const fs = require('fs');
const https = require('https');
const path = require('path');
const tls = require('tls');
const { test, before, after } = require('node:test');
const { Rig } = require('./harness');
const { Service, connectionStringOf, deviceFrom, until } = require('./sdk');

const read = (name) => JSON.parse(fs.readFileSync(path.join(__dirname, 'replay', name), 'utf8'));

let rig;
let service;
let keys;
const devices = [];

before(async () => {
  rig = await Rig.start();
  service = new Service(rig);
  keys = {};
  for (const [policy, right] of [['device', 'deviceConnect'], ['service', 'serviceConnect']]) {
    const { connectionString } = await rig.lockctlJson('policy', 'add', `replay-${policy}`, '--rights', right);
    keys[policy] = { name: `replay-${policy}`, key: connectionString.match(/SharedAccessKey=(.*)$/)[1] };
  }
  keys.owner = { name: 'iothubowner', key: service.connectionString.match(/SharedAccessKey=(.*)$/)[1] };
});

after(async () => {
  await Promise.all(devices.map((device) => device.close()));
  service.close();
  await rig.stop();
});

// ---- tokens ----

// A signature over the raw text of `sr`, with both of the characters whose encoding differs between the SDKs.
function signed(sr, key, life) {
  for (let se = Math.floor(Date.now() / 1000) + life; ; ++se) {
    const sig = crypto.createHmac('sha256', Buffer.from(key, 'base64')).update(`${sr}\n${se}`).digest('base64');
    if (sig.includes('/') && sig.includes('+')) return { se, sig };
  }
}

const encoded = encodeURIComponent;
const rawSlashes = (text) => encoded(text).replaceAll('%2F', '/');

const serviceTokens = {
  // urllib's quote leaves '/' alone.
  python(host, { name, key }) {
    const { se, sig } = signed(encoded(host), key, 3600);
    return `SharedAccessSignature sr=${encoded(host)}&sig=${rawSlashes(sig)}&se=${se}&skn=${name}`;
  },
  csharp(host, { name, key }) {
    const { se, sig } = signed(encoded(host), key, 1200);
    return `SharedAccessSignature sr=${encoded(host)}&sig=${encoded(sig)}&se=${se}&skn=${encoded(name)}`;
  },
  node(host, { name, key }) {
    const { se, sig } = signed(host, key, 3600);
    return `SharedAccessSignature sr=${host}&sig=${encoded(sig)}&skn=${name}&se=${se}`;
  },
};

// `options`: "order=sr,sig,se slash=%2f sig=raw resource=… policy=… life=…", each of them optional.
function deviceToken(options, deviceKey, fill) {
  const given = Object.fromEntries(options.split(' ').filter(Boolean).map((pair) => {
    const at = pair.indexOf('=');
    return [pair.slice(0, at), pair.slice(at + 1)];
  }));
  const resource = fill(given.resource || '{host}/devices/{id}');
  let sr = encoded(resource);
  if (given.slash) sr = sr.replaceAll('%2F', given.slash);
  const { se, sig } = signed(sr, given.policy ? keys[given.policy].key : deviceKey, Number(given.life || 3600));
  const fields = { sr, sig: given.sig === 'raw' ? rawSlashes(sig) : encoded(sig), se };
  const order = (given.order || 'sr,sig,se').split(',');
  const text = order.map((field) => `${field}=${fields[field]}`).join('&');
  return `SharedAccessSignature ${text}${given.policy ? `&skn=${keys[given.policy].name}` : ''}`;
}

// ---- HTTPS ----

function send({ method, path: target, headers = {}, body }) {
  const payload = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const request = https.request({
      host: 'localhost', port: rig.httpsPort, agent: service.agent, method, path: target, timeout: 60000,
      headers: { ...headers, ...(payload === undefined ? {} : { 'Content-Length': Buffer.byteLength(payload) }) },
    }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (data) => { text += data; });
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, text }));
    });
    request.on('error', reject);
    request.on('timeout', () => request.destroy(new Error(`${method} ${target} was not answered`)));
    request.end(payload);
  });
}

// Every text in `value` with its {{names}} replaced.
function filled(value, kept) {
  if (typeof value === 'string') {
    return value.replace(/\{\{(?:token (\w+)|(\w+))\}\}/g, (all, sdk, name) => {
      if (sdk) return serviceTokens[sdk]('localhost', keys.owner);
      assert.ok(name in kept, `${all} was not kept by an earlier step`);
      return kept[name];
    });
  }
  if (Array.isArray(value)) return value.map((element) => filled(element, kept));
  if (value && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, filled(member, kept)]));
  }
  return value;
}

// What `found` lacks of `expected`, in words; nothing if it holds all of it.
function difference(expected, found, where = 'answer') {
  const pattern = typeof expected === 'string' && expected.length > 1 && expected.match(/^\/(.*)\/$/s);
  if (pattern) {
    return found !== undefined && new RegExp(pattern[1], 's').test(String(found)) ? null : `${where}: ${JSON.stringify(found)} does not match ${expected}`;
  }
  if (Array.isArray(expected)) {
    if (!Array.isArray(found) || found.length !== expected.length) return `${where}: expected ${expected.length} elements, found ${JSON.stringify(found)}`;
  } else if (!expected || typeof expected !== 'object') {
    return expected === found ? null : `${where}: expected ${JSON.stringify(expected)}, found ${JSON.stringify(found)}`;
  } else if (!found || typeof found !== 'object') {
    return `${where}: expected an object, found ${JSON.stringify(found)}`;
  }
  return Object.keys(expected).map((name) => difference(expected[name], found[name], `${where}.${name}`)).find(Boolean) || null;
}

const at = (value, names) => names.split('.').reduce((inner, name) => inner[name], value);

function wrongWith(step, response) {
  if (response.status !== step.status) return `status: expected ${step.status}, found ${response.status} ${response.text}`;
  for (const [name, expected] of Object.entries(step.headersOut || {})) {
    const wrong = expected === null
      ? (name in response.headers ? `header ${name}: should not be there` : null)
      : difference(expected, response.headers[name], `header ${name}`);
    if (wrong) return wrong;
  }
  if (response.status === 204 && response.text !== '') return 'a 204 has no body';
  return 'answer' in step ? difference(step.answer, JSON.parse(response.text)) : null;
}

async function play(step, kept) {
  const ready = filled(step, kept);
  let wrong;
  const response = await until(`${step.method} ${step.path}: the right answer`, async () => {
    const answer = await send(ready);
    wrong = wrongWith(ready, answer);
    return wrong && step.until ? null : answer;
  }, 10000).catch((error) => { throw new Error(`${error.message}; ${wrong}`); });
  assert.strictEqual(wrong, null, `${step.method} ${step.path}: ${wrong}`);
  for (const [name, from] of Object.entries(step.keep || {})) {
    kept[name] = from.startsWith('header:') ? response.headers[from.slice(7)] : at(JSON.parse(response.text), from);
  }
}

async function openDoor(deviceId) {
  const { responseBody } = await service.registry.create({ deviceId });
  const device = await deviceFrom(rig, connectionStringOf(rig, responseBody));
  devices.push(device);
  await device.open();
  device.onDeviceMethod('lockDoor', (request, response) => response.send(200, request.payload, () => {}));
  await service.invoke(deviceId, 'lockDoor', null, { connectTimeoutInSeconds: 20 });
}

for (const file of ['https-python.json', 'https-csharp.json', 'https-limits.json']) {
  for (const exchange of read(file)) {
    test(`${file}: ${exchange.name} (${exchange.sheet})`, async () => {
      for (const door of exchange.doors || []) await openDoor(door);
      // A start that is neither past nor ten years ahead, as Python's datetime prints it.
      const kept = { inAnHour: new Date(Date.now() + 3600000).toISOString().replace(/\.\d+Z$/, '.888413') };
      for (const step of exchange.steps) await play(step, kept);
    });
  }
}

// ---- MQTT ----

test('TLS 1.1 is refused (§1.1, §2.1)', async () => {
  for (const port of [rig.mqttPort, rig.httpsPort]) {
    const refused = await new Promise((resolve) => {
      const socket = tls.connect({
        host: 'localhost', port, ca: fs.readFileSync(rig.ca), minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL@SECLEVEL=0',
      }, () => { socket.destroy(); resolve(null); });
      socket.on('error', resolve);
    });
    assert.match(String(refused), /protocol version/i);
  }
});

function text(value) {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);
}

// MQTT 3.1.1 §3.1: clean session, keep-alive 60 s.
function connectPacket(clientId, username, password) {
  const flags = 0x02 | 0x80 | (password === null ? 0 : 0x40);
  const body = Buffer.concat([text('MQTT'), Buffer.from([4, flags, 0, 60]), text(clientId), text(username),
    ...(password === null ? [] : [text(password)])]);
  const length = [];
  for (let left = body.length; ; left >>= 7) {
    length.push((left & 0x7f) | (left > 0x7f ? 0x80 : 0));
    if (left <= 0x7f) break;
  }
  return Buffer.concat([Buffer.from([0x10, ...length]), body]);
}

// The CONNACK's return code, and after a refusal the end of the connection.
function connackOf(packet) {
  return new Promise((resolve, reject) => {
    const socket = tls.connect({ host: 'localhost', port: rig.mqttPort, ca: fs.readFileSync(rig.ca), timeout: 20000 }, () => socket.write(packet));
    let answer = Buffer.alloc(0);
    socket.on('data', (data) => {
      answer = Buffer.concat([answer, data]);
      if (answer.length >= 4 && answer[3] === 0) socket.end();
    });
    socket.on('timeout', () => socket.destroy(new Error('no CONNACK, or no end after it')));
    socket.on('error', reject);
    socket.on('close', () => {
      if (answer.length !== 4 || answer[0] !== 0x20) reject(new Error(`not a CONNACK: ${answer.toString('hex')}`));
      else resolve(answer[3]);
    });
  });
}

for (const [n, exchange] of read('mqtt-connect.json').entries()) {
  test(`CONNECT: ${exchange.name} (${exchange.sheet})`, async () => {
    const id = `connect-${n}`;
    const { responseBody } = await service.registry.create({ deviceId: id });
    const deviceKey = responseBody.authentication.symmetricKey.primaryKey;
    const names = { host: 'localhost', port: rig.mqttPort, id, ID: id.toUpperCase() };
    const fill = (value) => value.replace(/\{(\w+)\}/g, (all, name) => names[name]);
    const ready = (value) => value.replace(/\{\{sas(.*)\}\}/, (all, options) => deviceToken(options, deviceKey, fill))
      .replace(/\{\{(\w+)\}\}/g, (all, name) => names[name]);
    const packet = connectPacket(ready(exchange.clientId || '{{id}}'), ready(exchange.username),
      exchange.password === null ? null : ready(exchange.password));
    assert.strictEqual(await connackOf(packet), exchange.code);
  });
}
