// What happened at a door, out of everything that tells of it, the newest first.
import { describe, lockOf } from './door.js';
import { brief, textOf } from './text.js';
import { when } from './time.js';

const isObject = (value) => typeof value === 'object' && value !== null;
const ofHub = (value) => textOf(value).replaceAll('_', ' ');

function telemetry(data) {
  const body = isObject(data.body) ? data.body : {};
  const came = when(data.enqueuedTime);
  const at = body.clockTrusted === false ? null : when(body.at);
  // What is told late was earlier; what is told of the future is told by a clock that is wrong.
  const time = at === null || (came !== null && at > came + 60_000) ? came : at;
  const target = body.target ? ` towards ${textOf(body.target)}` : '';
  switch (body.event) {
    case 'operation': return { time, kind: 'bolt', text: `Bolt ${body.result === 'reached' ? `reached ${textOf(body.target)}` : `stopped${target}`}`, detail: `cause: ${ofHub(body.cause)}` };
    case 'jam': return { time, kind: 'alarm', icon: 'jammed', text: body.result === 'dead_line' ? 'The lock’s line does not answer' : `Bolt jammed${target}`, detail: `cause: ${ofHub(body.cause)}` };
    case 'forced': return { time, kind: 'alarm', icon: 'forced', text: 'Door forced open' };
    case 'ajar': return { time, kind: 'alarm', icon: 'ajar', text: 'Door left open' };
    case 'tamper': return { time, kind: body.tamper === 'alarm' ? 'alarm' : 'door', icon: 'tamper', text: body.tamper === 'alarm' ? 'Case opened: tamper alarm' : 'Tamper alarm over' };
    case 'fire': return { time, kind: 'alarm', icon: 'fire', text: 'Fire alarm: the door is released' };
    case 'fire_reset': return { time, kind: 'door', icon: 'fire', text: 'Fire alarm reset at the door' };
    case 'start': return { time, kind: 'link', text: `Started${body.boot?.reason ? `: ${ofHub(body.boot.reason)}` : ''}`, detail: body.boot?.count ? `start number ${textOf(body.boot.count)}` : '' };
    default: return { time, kind: 'other', text: `Message${body.event ? `: ${textOf(body.event)}` : ''}`, detail: textOf(data.body ?? data.bodyBase64) };
  }
}

function twin(data) {
  const time = when(data.time);
  const entries = [];
  const reported = data.properties?.reported ?? {};
  const desired = data.properties?.desired ?? {};
  const names = (object) => Object.keys(object).filter((name) => !name.startsWith('$'));
  if (isObject(reported.lock) && reported.lock.state) {
    const lock = lockOf({ reported });
    entries.push({ time, kind: 'bolt', text: `Lock is ${lock}`, icon: lock === 'locking' || lock === 'unlocking' ? 'moving' : lock });
  }
  if (reported.door) entries.push({ time, kind: 'door', text: `Door is ${textOf(reported.door)}` });
  const acknowledged = names(reported).filter((name) => isObject(reported[name]) && 'ac' in reported[name]);
  for (const name of acknowledged) {
    const { ac, value, ad } = reported[name];
    entries.push({ time, kind: ac >= 400 ? 'alarm' : 'twin', text: `${name}: ${ac >= 400 ? 'refused by the door' : `door has ${JSON.stringify(value)}`}`, detail: ac >= 400 ? `${textOf(ac)}: ${textOf(ad)}` : '' });
  }
  for (const name of names(desired)) entries.push({ time, kind: 'twin', text: `${name} is to be ${desired[name] === null ? 'removed' : JSON.stringify(desired[name])}` });
  for (const name of names(data.tags ?? {})) entries.push({ time, kind: 'twin', text: data.tags[name] === null ? `Tag ${name} was removed` : `Tag ${name} = ${JSON.stringify(data.tags[name])}` });
  return entries;
}

const short = (entry) => ({ ...entry, text: brief(entry.text, 300), detail: brief(entry.detail ?? '') });

// The entries of one event of the hub: {time, kind, text, detail, icon?}; none if it is not worth a line.
export const entriesOf = (event) => told(event).map(short);

function told({ kind, data }) {
  switch (kind) {
    case 'telemetry': return [telemetry(data)];
    case 'connection': return [{
      time: when(data.time), kind: 'link', icon: data.connectionState === 'Connected' ? 'link' : 'offline',
      text: data.connectionState === 'Connected' ? 'Connected' : 'Disconnected', detail: data.reason ?? '',
    }];
    case 'twin': return twin(data);
    case 'method': {
      const bad = data.error !== undefined || data.status >= 400;
      return [{
        time: when(data.time), kind: bad ? 'alarm' : 'command', text: `${data.methodName}: ${data.error ? data.message : `answered ${data.status}`}`,
        detail: data.error ? data.error : answerText(data.payload),
      }];
    }
    case 'message': return [{ time: when(data.time), kind: 'other', text: `Message from the cloud: ${data.outcome ?? ''}` }];
    default: return [];
  }
}

export function answerText(payload) {
  if (payload === null || payload === undefined) return '';
  if (!isObject(payload)) return String(payload);
  const words = [textOf(payload.error ?? payload.Response)];
  if (isObject(payload.lock)) words.push(describe({ reported: { lock: payload.lock, door: payload.door } }));
  return words.filter(Boolean).join('; ') || JSON.stringify(payload);
}

// A job's row of this door.
export const entryOfRow = (row) => short(toldOfRow(row));

function toldOfRow(row) {
  const status = row.outcome?.deviceMethodResponse?.status;
  const bad = row.status === 'failed' || status >= 400;
  const answer = status === undefined ? row.status : `answered ${status}`;
  return {
    time: when(row.lastUpdatedDateTimeUtc) ?? when(row.createdDateTimeUtc), kind: bad ? 'alarm' : 'command',
    text: `Job ${row.jobId}: ${row.error ? row.error.code : answer}`,
    detail: row.error?.description ?? answerText(row.outcome?.deviceMethodResponse?.payload), job: row.jobId,
  };
}

// Newest first, the same said twice within two seconds once.
export function joined(entries, most = 300) {
  const sorted = entries.filter((entry) => entry.time !== null).sort((a, b) => b.time - a.time);
  const kept = [];
  const told = new Map();  // text -> when it was said last
  for (const entry of sorted) {
    if (told.get(entry.text) - entry.time < 2000) continue;
    told.set(entry.text, entry.time);
    kept.push(entry);
    if (kept.length === most) break;
  }
  return kept;
}

const isPlain = (value) => !isObject(value) || Array.isArray(value);

// What is desired beside what is reported: [{name, desired, reported, state: 'done' | 'waiting' | 'refused' | 'reported', why}].
export function compare(twin) {
  const desired = twin.properties?.desired ?? {};
  const reported = twin.properties?.reported ?? {};
  const rows = [];
  for (const name of Object.keys(desired).filter((each) => !each.startsWith('$'))) {
    const answer = reported[name];
    const acknowledged = isObject(answer) && 'ac' in answer;
    const version = desired.$metadata?.[name]?.$lastUpdatedVersion ?? 0;
    const value = acknowledged ? answer.value : answer;
    const same = JSON.stringify(value) === JSON.stringify(desired[name]);
    const heard = acknowledged ? (answer.av ?? 0) >= version && answer.ac !== 203 : same;
    const since = when(desired.$metadata?.[name]?.$lastUpdated);
    const row = { name, desired: desired[name], reported: value, since };
    if (heard && acknowledged && answer.ac >= 400) rows.push({ ...row, state: 'refused', why: `${answer.ac}: ${textOf(answer.ad)}` });
    else if (heard) rows.push({ ...row, state: 'done', why: acknowledged ? textOf(answer.ad) : '' });
    else rows.push({ ...row, state: 'waiting', why: 'the door has not acknowledged it yet' });
  }
  for (const name of Object.keys(reported).filter((each) => !each.startsWith('$') && !(each in desired))) {
    const answer = reported[name];
    const acknowledged = isObject(answer) && 'ac' in answer;
    if (acknowledged && answer.value === null) continue;
    rows.push({ name, desired: undefined, reported: acknowledged ? answer.value : answer, state: 'reported', why: acknowledged ? textOf(answer.ad) : '', since: when(reported.$metadata?.[name]?.$lastUpdated), plain: isPlain(answer) });
  }
  return rows;
}
