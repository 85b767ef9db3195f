// The console's pure modules, without a browser.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readError } from '../../console/api.js';
import { afterEvent, beside, buildingOf, describe, doorFromRow, floorOf, leafOf, lockOf, merge, statesOf } from '../../console/door.js';
import { toCsv } from '../../console/export.js';
import { EventParser } from '../../console/events.js';
import { arrange, count, group, matches, partName, placeName, placeOf, visible } from '../../console/floor_plan.js';
import { countsOf, failureGroups, jobBody, paceOf, parseAssignments, parseWaves, limitsOf, retryJobs, rowsQuery, whatOf } from '../../console/job_facts.js';
import { figures, parseMetrics } from '../../console/metrics.js';
import { mistakeOf, ofCondition, offsetOf, placeCondition, placeOfCondition, quote } from '../../console/query_text.js';
import { answerText, compare, entriesOf, entryOfRow, joined } from '../../console/timeline.js';
import { textOf, brief } from '../../console/text.js';
import { fromBase64, importKey, makeToken, parseConnectionString } from '../../console/sas.js';
import { age, isDuration, span, utc, when } from '../../console/time.js';

if (!globalThis.crypto) globalThis.crypto = (await import('node:crypto')).webcrypto;  // Node.js 18

const row = (more) => doorFromRow({ deviceId: 'd', connectionState: 'Connected', lock: { state: 'locked' }, door: 'closed', ...more });

test('a token is the one that IoT Hub\'s documentation describes', async () => {
  const key = await importKey(Buffer.from('0123456789abcdef').toString('base64'));
  const token = await makeToken({ resource: 'hub.example.net', policy: 'service', key, expiry: 1700000000 });
  const { createHmac } = await import('node:crypto');
  const signature = createHmac('sha256', '0123456789abcdef').update('hub.example.net\n1700000000').digest('base64');
  assert.equal(token, `SharedAccessSignature sr=hub.example.net&sig=${encodeURIComponent(signature)}&se=1700000000&skn=service`);
});

test('a key that is none is named', () => {
  for (const bad of ['', 'hello', 'a b c d', '====']) assert.throws(() => fromBase64(bad), /not base64/);
});

test('a connection string gives policy and key', () => {
  assert.deepEqual(parseConnectionString('HostName=h:8443;SharedAccessKeyName=service;SharedAccessKey=QUJD='),
    { policy: 'service', key: 'QUJD=' });
  assert.equal(parseConnectionString('QUJD='), null);
});

test('events come whole, however they are cut', () => {
  const text = ': beat\n\nid: 7\nevent: twin\ndata: {"a":\ndata: 1}\n\nevent: method\r\ndata: {}\r\n\r\n';
  for (let size = 1; size <= text.length; ++size) {
    const parser = new EventParser();
    const events = [];
    for (let at = 0; at < text.length; at += size) events.push(...parser.feed(text.slice(at, at + size)));
    assert.deepEqual(events, [{ id: '7', kind: 'twin', data: '{"a":\n1}' }, { id: null, kind: 'method', data: '{}' }]);
  }
});

test('an error is read in each of the hub\'s shapes', () => {
  assert.equal(readError(400, '{"Message":"ErrorCode:ArgumentInvalid;no","ExceptionMessage":"Tracking ID:1"}').message, 'no');
  const nested = readError(404, JSON.stringify({ Message: JSON.stringify({ errorCode: 404103, message: 'not connected' }) }));
  assert.equal(nested.message, 'not connected');
  assert.equal(nested.code, '404103');
  assert.equal(readError(502, '<html>').message, '<html>');
  assert.match(readError(500, '').message, /500/);
});

test('the most serious of a door comes first', () => {
  assert.deepEqual(statesOf(row()), ['locked']);
  assert.deepEqual(statesOf(row({ fire: 'latched', door: 'forced' })), ['fire', 'forced', 'locked']);
  assert.deepEqual(statesOf(row({ connectionState: 'Disconnected', lock: { state: 'jammed' } })), ['jammed', 'offline']);
  assert.deepEqual(statesOf(doorFromRow({ deviceId: 'new', connectionState: 'Disconnected' })), ['offline', 'unknown']);
  assert.equal(describe(row({ door: 'ajar' })), 'locked, door ajar');
});

test('a place is what is reported, else what is tagged', () => {
  assert.equal(buildingOf(row({ building: { value: 43, ac: 200 }, tagBuilding: 1 })), 43);
  assert.equal(buildingOf(row({ building: { value: null, ac: 203 }, tagBuilding: 1 })), 1);
  assert.equal(floorOf(row({ floor: 3 })), 3);
  assert.equal(floorOf(row()), null);
});

test('events change a door, and nulls take away', () => {
  const time = '2026-11-20T12:00:00Z';
  const twin = (reported) => ({ kind: 'twin', data: { time, properties: { reported } } });
  let door = afterEvent(row(), twin({ lock: { state: 'unlocked', hold: { target: 'unlocked' } } }));
  assert.deepEqual(statesOf(door), ['unlocked']);
  assert.equal(door.at, Date.parse(time));
  door = afterEvent(door, twin({ lock: { hold: null }, fire: 'alarm' }));
  assert.equal(door.reported.lock.hold, undefined);
  assert.equal(statesOf(door)[0], 'fire');
  door = afterEvent(door, { kind: 'connection', data: { time, connectionState: 'Disconnected' } });
  assert.equal(door.connected, false);
  assert.equal(afterEvent(door, { kind: 'twin', data: { moduleId: 'm', time } }), door);
  assert.deepEqual(merge({ a: { b: 1, c: 2 } }, { a: { b: null } }), { a: { c: 2 } });
});

test('a floor is arranged in numbers\' order, and only what is seen is drawn', () => {
  const doors = [];
  for (let i = 0; i < 10_000; ++i) {
    const door = doorFromRow({ deviceId: `d${i}`, connectionState: 'Connected', tagBuilding: i % 20, tagFloor: i % 10 });
    door.states = statesOf(door);
    doors.push(door);
  }
  const groups = group(doors);
  assert.deepEqual(groups.map((each) => each.building).slice(0, 3), [0, 1, 2]);
  assert.equal(groups[0].doors[1].id, 'd20');
  const sizes = { tileWidth: 180, tileHeight: 100, gap: 10, heading: 40 };
  const plan = arrange(groups, 950, sizes);
  assert.equal(plan.columns, 5);
  assert.equal(plan.height, 20 * (40 + 100 * 110 + 10));
  assert.deepEqual(visible(plan.groups[0], plan.columns, 0, 500, sizes), [0, 25]);
  assert.deepEqual(visible(plan.groups[1], plan.columns, 0, 500, sizes), [0, 0]);
  assert.equal(count(doors).unknown, 10_000);
  assert.equal(doors.filter((door) => matches(door, { state: '', place: '', text: 'building 3 ' })).length, 500);
});

test('times are told as people tell them', () => {
  assert.equal(age(1000), 'now');
  assert.equal(age(61_000), '1 min');
  assert.equal(age(90_000_000), '1 d');
  assert.equal(span(65), '1 min 05 s');
  assert.equal(when('0001-01-01T00:00:00Z'), null);
  assert.equal(utc(0), '1970-01-01 00:00:00 UTC');
});

const form = { action: 'lockDoor', time: '10m', properties: '', condition: ' tags.floor = 3 ', start: null, minutes: '60', rate: '', inFlight: '', abort: '', waves: '', retry: '' };

test('a form is a job, and what is wrong in it is named', () => {
  const job = jobBody({ ...form, start: 0, rate: '5', waves: '1, 10%', abort: '3', retry: '2' });
  assert.equal(job.queryCondition, 'tags.floor = 3');
  assert.equal(job.startTime, '1970-01-01T00:00:00.000Z');
  assert.equal(job.maxExecutionTimeInSeconds, 3600);
  assert.deepEqual([job.rate, job.waves, job.abort, job.retry], [5, [1, '10%'], { failedCount: 3 }, { count: 2 }]);
  assert.equal(job.cloudToDeviceMethod.payload.lockTime, '10m');
  assert.match(job.cloudToDeviceMethod.payload.commandId, /^[0-9a-f-]{36}$/);
  assert.deepEqual(jobBody({ ...form, action: 'twin', properties: 'floor=3, name=east wing' }).updateTwin.properties.desired, { floor: 3, name: 'east wing' });
  assert.throws(() => jobBody({ ...form, rate: 'fast' }), /Doors a second: “fast”/);
  assert.throws(() => jobBody({ ...form, action: 'twin' }), /at least one/);
  assert.throws(() => parseAssignments('floor'), /not written name=value/);
  assert.throws(() => parseWaves('1, 200%'), /“200%”/);
});

const failed = (deviceId, status, error) => ({ deviceId, status: 'completed', outcome: { deviceMethodResponse: { status, payload: { error } } } });

test('failures are grouped by cause, each with its cure', () => {
  const silent = { deviceId: 'c', status: 'failed', outcome: {}, error: { code: 'DeviceTimeout', description: '' } };
  const groups = failureGroups([failed('a', 409, 'open'), silent, failed('b', 409, 'open'), { deviceId: 'd', status: 'completed', outcome: { deviceMethodResponse: { status: 200 } } }]);
  assert.deepEqual(groups.map(({ cause, doors }) => [cause, doors]), [['409: open', ['a', 'b']], ['DeviceTimeout', ['c']]]);
  for (const { cure } of groups) assert.ok(cure);
  const { succeeded, failed: bad } = countsOf({ deviceJobStatistics: { deviceCount: 4, succeededCount: 3, failedCount: 1 } }, [failed('a', 409, 'open'), failed('b', 409, 'open')]);
  assert.deepEqual([succeeded, bad], [1, 3], 'a refusal is a failure, whatever the wire says');
});

test('a retry gives a new command to who refused, and the same one to who may have acted', () => {
  const job = { type: 'scheduleDeviceMethod', waves: [1], cloudToDeviceMethod: { methodName: 'lockDoor', payload: { commandId: 'old', lockTime: '1m' } } };
  const rows = [failed('a', 409, 'open'), { deviceId: "b'", status: 'failed', outcome: {}, error: { code: 'OutcomeUnknown' } }, { deviceId: 'c', status: 'canceled', outcome: {} }];
  const [again, anew] = retryJobs(job, rows);
  assert.equal(again.queryCondition, "deviceId IN ['b\\'']");
  assert.equal(again.cloudToDeviceMethod.payload.commandId, 'old');
  assert.equal(anew.queryCondition, "deviceId IN ['a','c']");
  assert.notEqual(anew.cloudToDeviceMethod.payload.commandId, 'old');
  assert.deepEqual(anew.waves, [1]);
  assert.equal(whatOf(anew), 'Lock for 1m');
  const what = (methodName, payload) => whatOf({ cloudToDeviceMethod: { methodName, payload } });
  assert.deepEqual([what('unlockDoor', { unlockTime: 5, commandId: 'x' }), what('reboot', {}), what('lockDoor', { lockTime: { a: 1 } }), what('constructor', 7)],
    ['Unlock for 5 s', 'Reboot', 'Lock {"lockTime":{"a":1}}', 'constructor']);
});

test('what limits a job is told in words', () => {
  assert.deepEqual(limitsOf({ rate: 5, waves: [1, '10%'], abort: { failedCount: 3 }, retry: { count: 2 } }).map((each) => each.join(': ')),
    ['Doors a second: 5 at the most', 'Waves: 1, 10%', 'Stops after: 3 failures', 'Asks again: 2 times']);
  assert.deepEqual(limitsOf({}), []);
});

test('pace and time left come from what was done', () => {
  const counts = { all: 100, running: 0, pending: 80 };
  assert.deepEqual(paceOf([{ time: 0, done: 0 }, { time: 2000, done: 20 }], counts), { rate: 10, left: 8 });
  assert.equal(paceOf([{ time: 0, done: 0 }], counts).rate, null);
});

test('a mistake is found in the text', () => {
  const text = 'SELECT *\nFROM dévices WHERE x';
  assert.deepEqual(mistakeOf('line 2, column 6: found a\n  b\n  ^'), { line: 2, column: 6, what: 'found a' });
  assert.equal(text.slice(offsetOf(text, { line: 2, column: 6 })).slice(0, 7), 'dévices');
  assert.equal(mistakeOf('no place'), null);
  assert.equal(ofCondition('line 2, column 12: no'), 'line 1, column 12: no');
  assert.equal(quote("a'b\\"), "'a\\'b\\\\'");
  assert.match(placeCondition('A', 3), /tags\.building = 'A'.* AND .*tags\.floor = 3/);
});

test('CSV keeps commas, quotes and lines, and no cell is a formula', () => {
  assert.equal(toCsv([{ a: 'x,"y"', b: { c: 1 } }, { a: '=1+1', b: -1 }]), 'a,b\r\n"x,""y""","{""c"":1}"\r\n\'=1+1,-1\r\n');
});

test('figures are what changed between two looks', () => {
  const look = (time, text) => ({ time, metrics: parseMetrics(text) });
  const before = look(0, 'lockhub_connections 3\nlockhub_methods_total{result="answered"} 10\nlockhub_method_seconds_sum 1\nlockhub_method_seconds_count 10\n');
  const now = look(5000, 'lockhub_connections 4\nlockhub_methods_total{result="answered"} 20\nlockhub_method_seconds_sum 2\nlockhub_method_seconds_count 20\n');
  const { connections, methods, method } = figures(before, now);
  assert.deepEqual([connections, methods, method], [4, 2, 100]);
  assert.equal(figures(now, before).methods, null);
});

test('what happened is one list, and nothing is said twice', () => {
  const time = '2026-11-20T12:00:00Z';
  const event = { kind: 'telemetry', data: { enqueuedTime: time, body: { event: 'operation', target: 'locked', result: 'reached', cause: 'hold_end', at: time, clockTrusted: true } } };
  const entries = joined([...entriesOf(event), ...entriesOf(event), ...entriesOf({ kind: 'connection', data: { time: '2026-11-20T12:00:01Z', connectionState: 'Connected' } })]);
  assert.deepEqual(entries.map((entry) => entry.text), ['Connected', 'Bolt reached locked']);
  assert.deepEqual(entriesOf({ kind: 'job', data: {} }), []);
});

test('desired beside reported: done, waiting, refused', () => {
  const twin = { properties: {
    desired: { floor: 3, ajarTime: 'x', colour: 'red', $metadata: { floor: { $lastUpdatedVersion: 4 }, ajarTime: { $lastUpdatedVersion: 2 }, colour: { $lastUpdatedVersion: 3 } } },
    reported: { floor: { value: 3, ac: 200, av: 4 }, ajarTime: { value: '1m', ac: 400, av: 2, ad: 'no' }, door: 'closed' },
  } };
  assert.deepEqual(compare(twin).map(({ name, state }) => [name, state]), [['floor', 'done'], ['ajarTime', 'refused'], ['colour', 'waiting'], ['door', 'reported']]);
});

test('what a device reports may be anything: what is no state is unknown', () => {
  for (const value of ['constructor', 'toString', '__proto__', '', 7, true, [], {}, { state: {} }, { state: 'hasOwnProperty' }, 'LOCKED']) {
    const door = row({ lock: value, door: value, fire: value, tamper: value });
    assert.deepEqual([lockOf(door), leafOf(door), statesOf(door)], ['unknown', 'unknown', ['unknown']], JSON.stringify(value));
    assert.equal(describe(door), 'lock unknown');
    assert.equal(typeof beside(door), 'string');
  }
  for (const value of [{}, [], { value: { a: 1 } }, { value: [] }, '']) assert.equal(buildingOf(row({ building: value, tagBuilding: 7 })), 7);
  assert.equal(merge({}, JSON.parse('{"__proto__": {"state": "locked"}}')).state, undefined);
});

test('what a device tells and answers may be anything, of any length', () => {
  const time = '2026-11-20T12:00:00Z';
  const bodies = [null, 'text', 'z'.repeat(9000), 7, [], {}, { event: {} }, { event: 'operation', target: {}, cause: [1] }, { event: 'start', boot: { reason: {}, count: {} } }, { event: 'jam', cause: { toString: 1 } }];
  for (const body of bodies) {
    for (const { text, detail } of entriesOf({ kind: 'telemetry', data: { enqueuedTime: time, body } })) {
      assert.ok(text.length < 330 && detail.length < 430, text);
      assert.doesNotMatch(text + detail, /\[object|undefined|function/);
    }
    assert.doesNotMatch(answerText(body), /\[object|undefined/);
    assert.doesNotMatch(entryOfRow({ jobId: 'j', status: 'completed', outcome: { deviceMethodResponse: { status: 400, payload: { error: body } } }, lastUpdatedDateTimeUtc: time }).detail, /\[object/);
  }
  const reported = { lock: { state: 'constructor' }, door: { a: 1 }, floor: { value: 3, ac: 400, ad: {} } };
  for (const entry of entriesOf({ kind: 'twin', data: { time, properties: { reported } } })) assert.doesNotMatch(entry.text + entry.detail, /\[object|constructor/);
  assert.equal(textOf(undefined), '');
  assert.equal(brief('x'.repeat(500)).length < 430, true);
});

test('a door whose clock is ahead of the hub\'s does not stand before what came later', () => {
  const of = (at) => entriesOf({ kind: 'telemetry', data: { enqueuedTime: '2026-11-20T12:00:00Z', body: { event: 'forced', at } } })[0].time;
  assert.equal(of('2999-01-01T00:00:00Z'), Date.parse('2026-11-20T12:00:00Z'));
  assert.equal(of('2026-11-19T12:00:00Z'), Date.parse('2026-11-19T12:00:00Z'), 'what was kept while it was offline');
});

test('what is read twice is told once, however much happened at that moment', () => {
  const properties = Object.fromEntries([...'abcdefghij'].map((name) => [name, { value: 1, ac: 200 }]));
  const event = { kind: 'twin', data: { time: '2026-11-20T12:00:00Z', properties: { reported: properties } } };
  assert.equal(joined([...entriesOf(event), ...entriesOf(event)]).length, 10);
});

test('a place in an address or a condition is read back, and nothing else is one', () => {
  for (const place of [[43, 3], ["A'b", null], [null, 'x (y) OR z'], ['43', true], ['a\\b', -1]]) assert.deepEqual(placeOfCondition(placeCondition(...place)), place);
  for (const text of ['*', '', 'tags.building = 43', `${placeCondition(1, 2)} AND x = 1`]) assert.equal(placeOfCondition(text), null);
  for (const text of ['', 'xyz', '{}', '[1]', '[1,2,3]', 'null']) assert.equal(placeOf(text), null);
  assert.deepEqual(placeOf('["A",3]'), ['A', 3]);
  assert.deepEqual([partName('43'), partName(43), partName('A'), partName('')], ['“43”', '43', 'A', '']);
  assert.equal(partName('7'.repeat(500)).length, 63);
  assert.equal(placeName(43, 'x'.repeat(500)).length < 100, true);
});

test('the rows of a job are asked for by what became of them', () => {
  assert.equal(rowsQuery("a'b"), "SELECT * FROM devices.jobs WHERE devices.jobs.jobId = 'a\\'b'");
  for (const state of ['failed', 'undone', 'cancelled', 'done', 'running', 'pending']) assert.match(rowsQuery('j', state), /jobId = 'j' AND /);
});

test('what a door takes for a duration is one', () => {
  for (const good of ['30s', '10m', '1h30m', '500ms', '5', '1.5']) assert.ok(isDuration(good), good);
  for (const bad of ['', 'soon', '10 m', 'm', '-5s', '1d']) assert.ok(!isDuration(bad), bad);
  assert.throws(() => jobBody({ ...form, time: 'soon' }), /For how long: “soon” is no duration/);
});
