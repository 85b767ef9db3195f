// Elements without innerHTML: what comes from a hub is text, and stays text.

function fill(element, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name === 'class') element.setAttribute('class', value);
    else if (name === 'value' || name === 'checked') element[name] = value;
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

// h('button', { type: 'button', onclick: save }, 'Save')
export const h = (tag, props, ...children) => fill(document.createElement(tag), props, children);

export const svg = (tag, props, ...children) =>
  fill(document.createElementNS('http://www.w3.org/2000/svg', tag), props, children);

export function replace(element, ...children) {
  element.replaceChildren(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

const isElement = (node) => node.nodeType === 1;
const keyOf = (node) => (isElement(node) ? node.getAttribute('data-key') : null);
const alike = (one, other) => one.nodeName === other.nodeName && keyOf(one) === keyOf(other);

function take(element, fresh) {
  if (!isElement(element)) {
    if (element.data !== fresh.data) element.data = fresh.data;
    return;
  }
  for (const { name } of [...element.attributes]) if (!fresh.hasAttribute(name)) element.removeAttribute(name);
  for (const { name, value } of fresh.attributes) {
    if (name === 'style') element.style.cssText = fresh.style.cssText;  // an attribute of that name the page's policy forbids
    else if (element.getAttribute(name) !== value) element.setAttribute(name, value);
  }
  renew(element, [...fresh.childNodes]);
}

// As replace(), for what is drawn again and again: what was there and is wanted again stays the same node, so that focus, a
// press that has begun, a selection and a listener's place survive. An element with a data-key is only ever the one with
// that key. Listeners are not carried over: not for elements that have any.
export function renew(element, ...children) {
  const wanted = children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (child instanceof Node ? child : document.createTextNode(String(child))));
  const keys = new Set(wanted.map(keyOf));
  const keyed = new Map();
  for (const child of [...element.childNodes]) {
    const key = keyOf(child);
    if (key === null) continue;
    if (keys.has(key)) keyed.set(key, child);
    else child.remove();
  }
  let at = element.firstChild;
  for (const fresh of wanted) {
    const key = keyOf(fresh);
    const found = key === null ? at : keyed.get(key);
    keyed.delete(key);
    if (found && alike(found, fresh)) {
      take(found, fresh);
      if (found === at) at = at.nextSibling;
      else element.insertBefore(found, at);
    } else {
      element.insertBefore(fresh, at);
    }
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
  return element;
}

// Writes only what differs: a live region or a selection is not disturbed for nothing.
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

let fields = 0;
// A labelled control: field('Building', h('input'), 'what it is for').
export function field(label, control, hint) {
  control.id ||= `field-${++fields}`;
  const note = hint ? h('small', { id: `${control.id}-hint` }, hint) : null;
  if (note) control.setAttribute('aria-describedby', note.id);
  return h('div', { class: 'field' }, h('label', { for: control.id }, label), control, note);
}

export function save(name, type, text) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = h('a', { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
