'use strict';
// Starts the project's own programs for a test and ends them, by process id, when it is over.
const { spawn, execFile } = require('child_process');
const fs = require('fs');
const net = require('net');
const os = require('os');
const path = require('path');

// Where the programs under test are: set by CTest.
const BIN = process.env.DOORLOCK_BIN;
if (!BIN) throw new Error('DOORLOCK_BIN must name the directory of lockhub, lockctl and doorlockd');

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
// Resolves to null, and does not keep the process alive until then.
const late = (ms) => new Promise((resolve) => { setTimeout(resolve, ms, null).unref(); });

// A port that nobody has: below those that Linux hands to connections, for a hub that is killed must find its port again.
function freePort() {
  return new Promise((resolve) => {
    const port = 10_000 + Math.floor(Math.random() * 22_000);
    const server = net.createServer();
    server.once('error', () => resolve(freePort()));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(port)));
  });
}

// A child process whose output is kept and can be waited for.
class Program {
  constructor(command, args, options = {}) {
    this.output = '';
    this.name = path.basename(command);
    this.child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
    this.ended = new Promise((resolve) => {
      this.child.once('error', (err) => {
        this.output += `\n${err.message}`;
        resolve({ code: 127, signal: null });
      });
      this.child.once('close', (code, signal) => resolve({ code, signal }));
    });
    this.running = true;
    this.ended.then(() => { this.running = false; });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream.on('data', (data) => { this.output += data; });
    }
  }

  async says(pattern, timeoutMs = 60000) {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const match = this.output.match(pattern);
      if (match) return match;
      if (!this.running) throw new Error(`${this.name} ended before it said ${pattern}:\n${this.output}`);
      if (Date.now() > deadline) throw new Error(`${this.name} did not say ${pattern} in time:\n${this.output}`);
      await sleep(20);
    }
  }

  async ends(timeoutMs = 60000) {
    const result = await Promise.race([this.ended, late(timeoutMs)]);
    if (result === null) throw new Error(`${this.name} did not end in time:\n${this.output}`);
    return result;
  }

  async stop(signal = 'SIGTERM') {
    if (this.running) this.child.kill(signal);
    const ended = await Promise.race([this.ended, late(5000)]);
    if (ended === null) {
      this.child.kill('SIGKILL');
      await this.ended;
    }
  }
}

// One hub on ports of its own with a directory of its own, and whatever is started beside it.
class Rig {
  // `hubOptions`: more options for `lockhub run`.
  static async start(hubOptions = []) {
    const rig = new Rig();
    rig.hubOptions = hubOptions;
    rig.directory = fs.mkdtempSync(path.join(os.tmpdir(), 'doorlock-interop-'));
    rig.mqttPort = await freePort();
    rig.httpsPort = await freePort();
    rig.programs = [];
    await rig.startHub();
    return rig;
  }

  get data() { return path.join(this.directory, 'hub'); }
  get ca() { return path.join(this.data, 'ca.pem'); }

  async startHub() {
    this.hub = this.spawn(path.join(BIN, 'lockhub'), ['run', '--data', this.data, '--listen', '127.0.0.1',
      '--mqtt-port', String(this.mqttPort), '--https-port', String(this.httpsPort), ...this.hubOptions]);
    await this.hub.says(/event=ready/);
  }

  // The hub dies without a word and comes back on the same ports and files.
  async killAndRestartHub() {
    await this.hub.stop('SIGKILL');
    await this.startHub();
  }

  spawn(command, args, options) {
    const program = new Program(command, args, options);
    this.programs.push(program);
    return program;
  }

  // lockctl with this hub's connection file; resolves to its standard output, rejects if it fails.
  lockctl(...args) {
    return new Promise((resolve, reject) => {
      const file = path.join(this.data, 'lockctl.json');
      execFile(path.join(BIN, 'lockctl'), ['--connection-file', file, ...args], { timeout: 120000 },
        (err, stdout, stderr) => {
          if (err) reject(new Error(`lockctl ${args.join(' ')}: exit ${err.code}\n${stdout}${stderr}`));
          else resolve(stdout);
        });
    });
  }

  async lockctlJson(...args) { return JSON.parse(await this.lockctl('-o', 'json', ...args)); }

  // A Node.js program that trusts this hub's CA and finds its HTTPS port.
  node(script, ...args) {
    const env = { ...process.env, NODE_EXTRA_CA_CERTS: this.ca, HTTPS_PORT: String(this.httpsPort) };
    return this.spawn(process.execPath, [path.join(__dirname, script), ...args], { env });
  }

  // Registers a device and starts doorlockd for it, on simulated wiring.
  async door(deviceId) {
    const home = path.join(this.directory, deviceId);
    fs.mkdirSync(home);
    const connection = path.join(home, 'connection');
    await this.lockctl('device', 'add', deviceId, '--connection-file', connection);
    const config = path.join(home, 'doorlockd.json');
    const example = path.join(__dirname, '..', 'doors', 'motor-bolt.json');
    fs.writeFileSync(config, fs.readFileSync(example, 'utf8').replaceAll('@CA@', this.ca));
    const door = this.spawn(path.join(BIN, 'doorlockd'), ['--config', config, '--simulate']);
    await door.says(/event=connected/);
    return door;
  }

  async stop() {
    for (const program of this.programs.reverse()) await program.stop();
    fs.rmSync(this.directory, { recursive: true, force: true });
  }
}

module.exports = { Rig, Program, sleep };
