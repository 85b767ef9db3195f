// The service API of the hub, as any client asks it.

const version = 'api-version=2021-04-12';

export class ApiError extends Error {
  constructor(status, message, code = '') {
    super(message);
    this.status = status;  // 0: nobody answered
    this.code = code;
  }
}

// What the hub says in any of IoT Hub's shapes of an error: the sentence and the name.
export function readError(status, text) {
  let message = text;
  let code = '';
  try {
    const body = JSON.parse(text);
    message = body.Message ?? body.message ?? body.ExceptionMessage ?? text;
    code = body.errorCode ?? body.ErrorCode ?? '';
    if (typeof message === 'string' && message.startsWith('{')) {  // nested: {"errorCode":…,"message":"…"}
      const inner = JSON.parse(message);
      code = inner.errorCode ?? code;
      message = inner.message ?? message;
    }
  } catch { /* a proxy's page, or nothing: as it is */ }
  const named = /^ErrorCode:([A-Za-z]+);\s*/.exec(message);
  if (named) {
    code = named[1];
    message = message.slice(named[0].length);
  }
  return new ApiError(status, message || `the hub answered ${status}`, String(code));
}

export class Api {
  // `onRefused` is told when the hub no longer takes the session's tokens.
  constructor(session, onRefused) {
    this.session = session;
    this.onRefused = onRefused;
  }

  // The raw answer of one request; a token that has just ended is made anew once.
  async request(method, path, { body, headers = {}, signal, again = true } = {}) {
    const authorization = await this.session.token();
    let response;
    const began = Date.now();
    try {
      response = await fetch(path, {
        method, signal, cache: 'no-store', redirect: 'error', credentials: 'omit',
        headers: { Authorization: authorization, ...(body === undefined ? {} : { 'Content-Type': 'application/json' }), ...headers },
        body: body === undefined ? undefined : JSON.stringify(body),
      });
    } catch (error) {
      if (error.name === 'AbortError') throw error;
      throw new ApiError(0, 'the hub does not answer');
    }
    this.session.hear(response.headers.get('Date'), began);
    if (response.ok) return response;
    const error = readError(response.status, await response.text());
    if (error.status === 401 && again) {
      this.session.forgetToken();
      return this.request(method, path, { body, headers, signal, again: false });
    }
    // A right that is missing is no reason to sign out; a key that no longer fits is.
    if (error.status === 401 && !/has the rights/.test(error.message)) this.onRefused?.(error.message);
    throw error;
  }

  async json(method, path, options) {
    const response = await this.request(method, path, options);
    return response.status === 204 ? null : response.json();
  }

  #versioned(path) { return `${path}${path.includes('?') ? '&' : '?'}${version}`; }

  async capabilities() { return this.json('GET', '/lockhub/v1/capabilities'); }
  async metrics() { return (await this.request('GET', '/metrics')).text(); }
  async ready() {
    const response = await fetch('/readyz', { cache: 'no-store' });
    return { status: response.status, ...(await response.json()) };
  }
  deviceStatistics() { return this.json('GET', this.#versioned('/statistics/devices')); }

  twin(id) { return this.json('GET', this.#versioned(`/twins/${encodeURIComponent(id)}`)); }
  identity(id) { return this.json('GET', this.#versioned(`/devices/${encodeURIComponent(id)}`)); }

  call(id, methodName, payload, signal) {
    return this.json('POST', this.#versioned(`/twins/${encodeURIComponent(id)}/methods`),
      { body: { methodName, payload, responseTimeoutInSeconds: 30, connectTimeoutInSeconds: 0 }, signal });
  }

  // One page: {rows, type, more}; `more` is the continuation, or null.
  async page(query, continuation, signal) {
    const headers = { 'x-ms-max-item-count': '100' };
    if (continuation) headers['x-ms-continuation'] = continuation;
    const response = await this.request('POST', this.#versioned('/devices/query'), { body: { query }, headers, signal });
    return {
      rows: await response.json(),
      type: response.headers.get('x-ms-item-type'),
      more: response.headers.get('x-ms-continuation') || null,
    };
  }

  // Every row, a page at a time; ends early when `take` answers false.
  async each(query, take, signal) {
    let continuation = null;
    do {
      const { rows, more } = await this.page(query, continuation, signal);
      if (take(rows) === false) return;
      continuation = more;
    } while (continuation);
  }

  async all(query, most = 10_000, signal) {
    const all = [];
    await this.each(query, (rows) => { all.push(...rows); return all.length < most; }, signal);
    return all.slice(0, most);
  }

  async jobs(most = 200) {
    const jobs = [];
    let continuation = null;
    do {
      const headers = continuation ? { 'x-ms-continuation': continuation } : {};
      const response = await this.request('GET', this.#versioned('/jobs/v2/query'), { headers });
      jobs.push(...await response.json());
      continuation = response.headers.get('x-ms-continuation') || null;
    } while (continuation && jobs.length < most);
    return jobs;
  }

  job(id) { return this.json('GET', this.#versioned(`/jobs/v2/${encodeURIComponent(id)}`)); }
  createJob(job) { return this.json('PUT', this.#versioned(`/jobs/v2/${encodeURIComponent(job.jobId)}`), { body: job }); }
  // A job that has begun is cancelled for the doors that were not called yet (lockhub's own way).
  cancelJob(id) { return this.json('POST', this.#versioned(`/jobs/v2/${encodeURIComponent(id)}/cancel?force=true`)); }
}
