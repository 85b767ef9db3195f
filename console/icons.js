// A shape for each state: it is told by form and by words, never by colour alone.
import { svg } from './dom.js';

const body = 'M6 11h12a1.6 1.6 0 0 1 1.6 1.6v7A1.6 1.6 0 0 1 18 21.200H6A1.600 1.600 0 0 1 4.400 19.600v-7A1.600 1.600 0 0 1 6 11z';
const shapes = {
  locked: [['fill', body], ['line', 'M7.500 11V7.500a4.500 4.500 0 0 1 9 0V11']],
  unlocked: [['line', body], ['line', 'M7.500 11V6.500a4.500 4.500 0 0 1 8.700-1.600']],
  moving: [['line', body], ['line', 'M8.500 16.200h7m-2.600-2.600 2.600 2.600-2.600 2.600'], ['line', 'M7.500 11V7.500a4.500 4.500 0 0 1 9 0V11']],
  jammed: [['fill', 'M8 2.500h8L21.500 8v8L16 21.500H8L2.500 16V8z'], ['gap', 'm8.500 8.500 7 7m0-7-7 7']],
  forced: [['fill', 'M12 2.500 22.500 21h-21z'], ['gap', 'M12 9v6m0 2.300v.7']],
  ajar: [['line', 'M5 21.500V3h14v18.500M3 21.500h18'], ['fill', 'M6 4l8 2.600V21l-8-.5z']],
  fire: [['fill', 'M12.500 1.500c.8 3.600 6.500 6.500 6.500 12.500a7 7 0 0 1-14 .200c0-3 1.600-4.800 2.800-6.400.6 1.700 1.400 2.500 2.200 2.800-.2-3.500.5-6.900 2.500-9.100z']],
  tamper: [['fill', 'M12 2 20.500 5v6.500c0 5-3.500 8.500-8.500 10.500-5-2-8.500-5.500-8.500-10.500V5z'], ['gap', 'M12 7v6m0 2.500v.7']],
  offline: [['line', 'M3 9a13 13 0 0 1 18 0M6.500 13a8 8 0 0 1 11 0M10 17a3 3 0 0 1 4 0M4 21 20 3']],
  link: [['line', 'M9.500 14.500l5-5M8 11.500 5.700 13.800a3.200 3.200 0 0 0 4.500 4.500L12.500 16M16 12.500l2.300-2.300a3.200 3.200 0 0 0-4.500-4.500L11.500 8']],
  unknown: [['line', 'M12 2.700a9.300 9.300 0 1 1 0 18.600 9.300 9.300 0 0 1 0-18.600z'], ['line', 'M9 9.500c0-4 6.200-3.700 6.200 0 0 2.500-3.200 2.400-3.200 4.800M12 17v.6']],
};

export function icon(name) {
  return svg('svg', { class: `icon icon-${name}`, viewBox: '0 0 24 24', 'aria-hidden': 'true', focusable: 'false' },
    (Object.hasOwn(shapes, name) ? shapes[name] : shapes.unknown).map(([kind, d]) => svg('path', { class: kind, d })));
}
