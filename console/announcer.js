// Says things to who listens instead of looking: at most one sentence in two seconds, the newest wins.
import { say } from './dom.js';

const between = 2000;

export function announcer(element) {
  let last = 0;
  let timer = null;
  let next = '';
  const speak = () => {
    timer = null;
    last = performance.now();
    if (element.textContent === next) element.textContent = '';
    say(element, next);
  };
  return (text) => {
    next = text;
    timer ??= setTimeout(speak, Math.max(50, last + between - performance.now()));
  };
}
