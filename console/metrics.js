// The hub's figures (Prometheus' text) and what a minute of them says.

// name -> [{labels, value}]
export function parseMetrics(text) {
  const metrics = new Map();
  for (const line of text.split('\n')) {
    const found = /^([a-zA-Z_:][\w:]*)(?:\{([^}]*)\})? (\S+)$/.exec(line);
    if (!found) continue;
    const labels = Object.fromEntries([...(found[2] ?? '').matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]));
    if (!metrics.has(found[1])) metrics.set(found[1], []);
    metrics.get(found[1]).push({ labels, value: Number(found[3]) });
  }
  return metrics;
}

export const single = (metrics, name) => metrics.get(name)?.[0]?.value ?? null;
export const total = (metrics, name) => (metrics.get(name) ?? []).reduce((sum, { value }) => sum + value, 0);

// What is drawn of two looks at the hub; null where nothing can be said (the hub restarted between them).
export function figures(before, now) {
  const seconds = (now.time - before.time) / 1000;
  const rate = (name) => {
    const more = total(now.metrics, name) - total(before.metrics, name);
    return more < 0 || seconds <= 0 ? null : more / seconds;
  };
  const mean = (name) => {
    const count = total(now.metrics, `${name}_count`) - total(before.metrics, `${name}_count`);
    const sum = total(now.metrics, `${name}_sum`) - total(before.metrics, `${name}_sum`);
    return count <= 0 || sum < 0 ? null : (sum / count) * 1000;
  };
  return {
    time: now.time,
    connections: single(now.metrics, 'lockhub_connections'),
    messages: rate('lockhub_telemetry_messages_total'),
    methods: rate('lockhub_methods_total'),
    requests: rate('lockhub_http_responses_total'),
    method: mean('lockhub_method_seconds'),
    commit: mean('lockhub_commit_seconds'),
    loop: (single(now.metrics, 'lockhub_loop_latency_seconds') ?? 0) * 1000,
    events: (single(now.metrics, 'lockhub_event_log_bytes') ?? 0) / 1e6,
    memory: (single(now.metrics, 'process_resident_memory_bytes') ?? 0) / 1e6,
    refused: rate('lockhub_connects_refused_total'),
  };
}
