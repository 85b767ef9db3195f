// A button for what moves bolts: it wants to be held, so that no stray tap does it. Enter and Space are held the
// same way; whoever cannot hold (a screen reader's click) is asked for a second press.
import { h } from './dom.js';

export const holding = { milliseconds: 900 };
const secondPress = 6000;

export function holdButton({ label, kind = '', action, announce = () => {} }) {
  const text = h('span', { class: 'hold-label' }, label);
  const hint = h('small', { class: 'hold-hint' }, 'hold');
  const button = h('button', { type: 'button', class: `hold ${kind}` }, h('span', { class: 'hold-fill', 'aria-hidden': 'true' }), text, hint);
  let timer = null;
  let armed = null;
  let pointed = -Infinity;
  let place = null;  // where the button was when it was pressed

  const idle = () => {
    clearTimeout(timer);
    clearTimeout(armed);
    timer = armed = null;
    button.classList.remove('holding', 'armed');
    text.textContent = label;
    hint.textContent = 'hold';
  };
  const act = () => {
    idle();
    action();
  };
  const begin = () => {
    if (timer || button.disabled) return;
    button.classList.add('holding');
    hint.textContent = 'keep holding';
    timer = setTimeout(act, holding.milliseconds);
  };
  const end = () => {
    if (timer) {
      idle();
      hint.textContent = 'hold longer';
      announce(`${label}: not done. Hold the button for a second.`);
    }
  };

  button.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    pointed = performance.now();
    // What is held stays held when the page around it grows and the button moves from under the pointer.
    button.setPointerCapture(event.pointerId);
    place = button.getBoundingClientRect();
    begin();
  });
  button.addEventListener('pointermove', (event) => {
    if (place === null) return;
    if (event.clientX < place.left || event.clientX > place.right || event.clientY < place.top || event.clientY > place.bottom) end();
  });
  button.addEventListener('pointerup', () => {
    pointed = performance.now();
    place = null;
  });
  for (const name of ['pointerup', 'pointercancel', 'blur']) button.addEventListener(name, end);
  button.addEventListener('contextmenu', (event) => event.preventDefault());  // a long touch
  button.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    if (!event.repeat) begin();
  });
  button.addEventListener('keyup', (event) => {
    if (event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    end();
  });
  button.addEventListener('click', () => {
    if (performance.now() - pointed < 500) return;  // it came from a pointer, which was counted already
    if (armed) return act();
    button.classList.add('armed');
    text.textContent = `Press again: ${label}`;
    hint.textContent = '';
    announce(`Press again to confirm: ${label}`);
    armed = setTimeout(idle, secondPress);
  });
  return Object.assign(button, { relabel(next) { label = next; if (!timer && !armed) text.textContent = next; } });
}
