// Jobs as the service API tells of them: what they do, how far they are, why doors failed and what cures it.
import { quote } from './query_text.js';
import { brief, textOf } from './text.js';
import { isDuration, noDuration } from './time.js';

export const over = (job) => ['completed', 'failed', 'cancelled'].includes(job.status);
export const statusWords = { queued: 'Queued', scheduled: 'Waits for its time', running: 'Running', completed: 'Completed', failed: 'Failed', cancelled: 'Cancelled' };

const methodWords = new Map([['lockDoor', ['Lock', 'lockTime']], ['unlockDoor', ['Unlock', 'unlockTime']], ['reboot', ['Reboot', '']]]);

// "Lock for 10m", "openGate {"wide":true}", "set floor = 3"
export function whatOf(job) {
  const call = job.cloudToDeviceMethod;
  if (call) {
    const { commandId, ...rest } = typeof call.payload === 'object' && call.payload !== null ? call.payload : {};
    const [words, timeName] = methodWords.get(call.methodName) ?? [call.methodName, ''];
    const time = rest[timeName];
    if (['string', 'number'].includes(typeof time)) delete rest[timeName];
    return [words, typeof time === 'string' ? `for ${time}` : typeof time === 'number' ? `for ${time} s` : '', Object.keys(rest).length ? JSON.stringify(rest) : ''].filter(Boolean).join(' ');
  }
  const { tags, properties } = job.updateTwin ?? {};
  const parts = [];
  for (const [name, value] of Object.entries(properties?.desired ?? {})) parts.push(`${name} = ${JSON.stringify(value)}`);
  for (const [name, value] of Object.entries(tags ?? {})) parts.push(`tag ${name} = ${JSON.stringify(value)}`);
  return `set ${parts.join(', ')}`;
}

// On the wire a door that answered 400 or above counts as succeeded, as IoT Hub has it: its row tells otherwise.
export function countsOf(job, rows = [], refusals = rows.filter((row) => row.status === 'completed' && isFailed(row)).length) {
  const { deviceCount = 0, succeededCount = 0, failedCount = 0, runningCount = 0, pendingCount = 0 } = job.deviceJobStatistics ?? {};
  const cancelled = Math.max(0, deviceCount - succeededCount - failedCount - runningCount - pendingCount);
  const refused = Math.min(succeededCount, refusals);
  return { all: deviceCount, succeeded: succeededCount - refused, failed: failedCount + refused, running: runningCount, pending: pendingCount, cancelled };
}

export const doneOf = (counts) => counts.all - counts.running - counts.pending;

// Doors a second and seconds left, out of samples [{time (ms), done}] of the last half minute.
export function paceOf(samples, counts) {
  const last = samples.at(-1);
  const first = samples.find((sample) => sample.time >= last?.time - 30_000);
  if (!last || !first || last.time - first.time < 1000 || last.done === first.done) return { rate: null, left: null };
  const rate = ((last.done - first.done) * 1000) / (last.time - first.time);
  return { rate, left: (counts.all - doneOf(counts)) / rate };
}

// What limits a job, in words: [[name, value]].
export function limitsOf({ rate, inFlight, waves, abort, retry }) {
  const limits = [];
  if (rate) limits.push(['Doors a second', `${rate} at the most`]);
  if (inFlight) limits.push(['Doors at once', `${inFlight} at the most`]);
  if (waves) limits.push(['Waves', textOf(Array.isArray(waves) ? waves.join(', ') : waves)]);
  if (abort) limits.push(['Stops after', [abort.failedCount && `${abort.failedCount} failures`, abort.failedPercent && `${abort.failedPercent} % of them failed`].filter(Boolean).join(' or ') || textOf(abort)]);
  if (retry) limits.push(['Asks again', retry.count ? `${retry.count} times` : textOf(retry)]);
  return limits;
}

const statusOf = (row) => row.outcome?.deviceMethodResponse?.status ?? null;
export const isUnheard = (row) => ['OutcomeUnknown', 'DeviceTimeout', 'GatewayTimeout'].includes(row.error?.code);
export const isFailed = (row) => row.status === 'failed' || (row.status === 'completed' && statusOf(row) >= 400);
export const isCancelled = (row) => row.status === 'canceled' || row.status === 'cancelled';

// What became of a door: 'done', 'failed', 'running', 'pending', 'cancelled'.
export function stateOf(row) {
  if (isFailed(row)) return 'failed';
  if (isCancelled(row)) return 'cancelled';
  if (row.status === 'completed') return 'done';
  return row.status === 'running' ? 'running' : 'pending';
}

// The query for the rows of a job: '' for all, one state of stateOf(), 'refused', or 'undone' for what a retry would do again.
export function rowsQuery(jobId, state = '') {
  const answer = 'devices.jobs.outcome.deviceMethodResponse.status';
  const failed = `(devices.jobs.status = 'failed' OR ${answer} >= 400)`;
  const conditions = {
    failed,
    refused: `${answer} >= 400`,
    undone: `(${failed} OR devices.jobs.status = 'canceled')`,
    cancelled: "devices.jobs.status = 'canceled'",
    done: `devices.jobs.status = 'completed' AND (NOT IS_DEFINED(${answer}) OR ${answer} < 400)`,
    running: "devices.jobs.status = 'running'",
    pending: "devices.jobs.status IN ['pending', 'scheduled']",
  };
  return `SELECT * FROM devices.jobs WHERE devices.jobs.jobId = ${quote(jobId)}${state ? ` AND ${conditions[state]}` : ''}`;
}

export function causeOf(row) {
  const status = statusOf(row);
  if (status !== null && status >= 400) {
    const { payload } = row.outcome.deviceMethodResponse;
    const said = textOf(typeof payload === 'object' && payload !== null ? payload.error ?? payload.message : payload);
    return `${status}${said ? `: ${brief(said, 300)}` : ''}`;
  }
  return row.error ? row.error.code : row.status;
}

const cures = {
  400: 'The door does not take what was sent; its answer names the member. Create the job anew.',
  404: 'The device has no such method. Is doorlockd running there?',
  409: 'Something at the door forbids it: it stands open, a fire alarm is not reset, another command is under way. See to it, then retry.',
  410: 'The command came too late, or the door’s clock is wrong.',
  429: 'The actuator has to cool down. Retry in a minute.',
  500: 'The bolt or its line failed. Someone has to look at the door; then retry.',
  503: 'The door cannot do that now: its clock is not set, or its disk is full. Look at its page.',
  JobRunPreconditionFailed: 'Not connected in the job’s time. Is the door powered and online? Then retry, or give the job more time.',
  DeviceTimeout: 'Connected but silent. The door may have acted: look at its page. A retry does not move it twice.',
  GatewayTimeout: 'Connected but silent. The door may have acted: look at its page. A retry does not move it twice.',
  OutcomeUnknown: 'The hub restarted before the answer came. The door may have acted: look at its page. A retry does not move it twice.',
  DeviceNotFound: 'It was removed since the job began.',
};

export const cureOf = (row) => cures[statusOf(row) >= 400 ? statusOf(row) : row.error?.code] ?? '';

// [{cause, cure, doors: [id]}], the most frequent first.
export function failureGroups(rows) {
  const groups = new Map();
  for (const row of rows.filter(isFailed)) {
    const cause = causeOf(row);
    if (!groups.has(cause)) groups.set(cause, { cause, cure: cureOf(row), doors: [] });
    groups.get(cause).doors.push(row.deviceId);
  }
  return [...groups.values()].sort((a, b) => b.doors.length - a.doors.length);
}

// "20261120-180405-3f9a"
export function newJobId(now = new Date()) {
  const stamp = now.toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
  return `${stamp}-${crypto.randomUUID().slice(0, 4)}`;
}

const kept = ['type', 'maxExecutionTimeInSeconds', 'rate', 'inFlight', 'abort', 'waves', 'retry'];
const most = 5000;  // devices in one condition

// The jobs that do it again where it failed or was not begun: doors that may have acted get the same command, which
// they know; all others a new one.
export function retryJobs(job, rows) {
  const undone = rows.filter((row) => isFailed(row) || isCancelled(row));
  const isMethod = job.type === 'scheduleDeviceMethod';
  const again = undone.filter((row) => isMethod && isUnheard(row)).map((row) => row.deviceId);
  const anew = undone.filter((row) => !(isMethod && isUnheard(row))).map((row) => row.deviceId);
  const jobs = [];
  const make = (devices, fresh) => {
    for (let from = 0; from < devices.length; from += most) {
      const body = { jobId: newJobId(), queryCondition: `deviceId IN [${devices.slice(from, from + most).map(quote).join(',')}]` };
      for (const name of kept) if (job[name] !== undefined && job[name] !== null) body[name] = job[name];
      if (job.updateTwin) {
        const { deviceId, ...twin } = job.updateTwin;
        body.updateTwin = twin;
      }
      if (job.cloudToDeviceMethod) {
        const payload = job.cloudToDeviceMethod.payload;
        const renewed = fresh && payload?.commandId ? { ...payload, commandId: crypto.randomUUID() } : payload;
        body.cloudToDeviceMethod = { ...job.cloudToDeviceMethod, payload: renewed };
      }
      jobs.push(body);
    }
  };
  make(again, false);
  make(anew, true);
  return jobs;
}

const wholeNumber = (name, text, least, greatest) => {
  if (text === '') return undefined;
  const number = Number(text);
  if (!Number.isInteger(number) || number < least || number > greatest) throw new Error(`${name}: “${text}” is not a whole number from ${least} to ${greatest}`);
  return number;
};

// "1, 10%" -> [1, "10%"]
export function parseWaves(text) {
  if (text.trim() === '') return undefined;
  return text.split(',').map((part) => part.trim()).map((part) => {
    if (/^[1-9]\d*%$/.test(part) && Number.parseInt(part, 10) <= 100) return part;
    if (/^[1-9]\d*$/.test(part)) return Number(part);
    throw new Error(`Waves: “${part}” is neither a number of doors nor a percentage such as 10%`);
  });
}

// A value as people write it: 43, true, "text", or bare text.
function looseValue(text) {
  try { return JSON.parse(text); } catch { return text; }
}

// "building=43, floor=3" -> {building: 43, floor: 3}
export function parseAssignments(text) {
  const result = {};
  for (const part of text.split(/[,\n]/).map((each) => each.trim()).filter(Boolean)) {
    const at = part.indexOf('=');
    if (at < 1) throw new Error(`Properties: “${part}” is not written name=value`);
    result[part.slice(0, at).trim()] = looseValue(part.slice(at + 1).trim());
  }
  if (Object.keys(result).length === 0) throw new Error('Properties: write at least one, such as floor=3');
  return result;
}

// The body of a job out of what the form holds; throws with the field that is wrong.
export function jobBody(form) {
  const body = { jobId: newJobId(), queryCondition: form.condition.trim() || '*' };
  if (form.start !== null) body.startTime = new Date(form.start).toISOString();
  body.maxExecutionTimeInSeconds = (wholeNumber('Time for the job', form.minutes, 1, 2880) ?? 60) * 60;
  if (form.action === 'twin') {
    body.type = 'scheduleUpdateTwin';
    body.updateTwin = { etag: '*', properties: { desired: parseAssignments(form.properties) } };
  } else {
    const timeName = { lockDoor: 'lockTime', unlockDoor: 'unlockTime' }[form.action];
    const payload = timeName ? { commandId: crypto.randomUUID() } : {};
    const time = form.time.trim();
    if (timeName && time && !isDuration(time)) throw new Error(`For how long: ${noDuration(time)}`);
    if (timeName && time) payload[timeName] = time;
    body.type = 'scheduleDeviceMethod';
    body.cloudToDeviceMethod = { methodName: form.action, payload, responseTimeoutInSeconds: 30, connectTimeoutInSeconds: 0 };
  }
  const rate = wholeNumber('Doors a second', form.rate, 1, 100_000);
  if (rate !== undefined) body.rate = rate;
  const inFlight = wholeNumber('Doors at once', form.inFlight, 1, 100_000);
  if (inFlight !== undefined) body.inFlight = inFlight;
  const failedCount = wholeNumber('Stop after failures', form.abort, 1, 1_000_000);
  if (failedCount !== undefined) body.abort = { failedCount };
  const waves = parseWaves(form.waves);
  if (waves) body.waves = waves;
  const count = wholeNumber('Tries again', form.retry, 1, 20);
  if (count !== undefined && form.action !== 'twin') body.retry = { count };
  return body;
}
