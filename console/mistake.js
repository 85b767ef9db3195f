// A mistake in a query or condition: the words, and a caret under the place.
import { h, replace } from './dom.js';
import { mistakeOf, offsetOf } from './query_text.js';

export function showMistake(element, message, input) {
  const [first, ...rest] = message.split('\n');
  replace(element, h('p', null, first), rest.length ? h('pre', null, rest.join('\n')) : null);
  input.setAttribute('aria-invalid', 'true');
  return mistakeOf(message);
}

export function clearMistake(element, input) {
  element.replaceChildren();
  input.removeAttribute('aria-invalid');
}

// Puts the cursor there.
export function goToMistake(input, mistake) {
  const at = offsetOf(input.value, mistake);
  input.focus();
  input.setSelectionRange(at, Math.min(input.value.length, at + 1));
}
