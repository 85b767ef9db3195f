// Shared access signatures (IoT Hub's): HMAC-SHA256 over resource and expiry, by WebCrypto.

const utf8 = (text) => new TextEncoder().encode(text);

export function fromBase64(text) {
  const clean = text.trim();
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(clean) || clean.length % 4 !== 0) {
    throw new Error('the key is not base64: copy it whole, with the = at its end');
  }
  return Uint8Array.from(atob(clean), (c) => c.charCodeAt(0));
}

const toBase64 = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)));

// A key that signs and that no script can read again.
export function importKey(base64) {
  return crypto.subtle.importKey('raw', fromBase64(base64), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
}

// `expiry`: seconds since 1970.
export async function makeToken({ resource, policy, key, expiry }) {
  const sr = encodeURIComponent(resource);
  const signature = await crypto.subtle.sign('HMAC', key, utf8(`${sr}\n${expiry}`));
  return `SharedAccessSignature sr=${sr}&sig=${encodeURIComponent(toBase64(signature))}&se=${expiry}` +
    `&skn=${encodeURIComponent(policy)}`;
}

// The parts of a connection string, for who pastes one instead of name and key.
export function parseConnectionString(text) {
  const parts = {};
  for (const field of text.trim().split(';')) {
    const at = field.indexOf('=');
    if (at > 0) parts[field.slice(0, at).trim().toLowerCase()] = field.slice(at + 1).trim();
  }
  if (!parts.sharedaccesskeyname || !parts.sharedaccesskey) return null;
  return { policy: parts.sharedaccesskeyname, key: parts.sharedaccesskey };
}
