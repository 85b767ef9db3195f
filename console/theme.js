// Light, dark, or as the system has it. The choice is the only thing that is kept in the browser.
import { h } from './dom.js';

const order = ['auto', 'light', 'dark'];
const words = { auto: 'Theme: as the system', light: 'Theme: light', dark: 'Theme: dark' };
const signs = { auto: '◐', light: '☀', dark: '☾' };

function read() {
  try {
    const kept = localStorage.getItem('theme');
    return order.includes(kept) ? kept : 'auto';
  } catch { return 'auto'; }
}

function apply(theme) {
  if (theme === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

export function themeButton() {
  let theme = read();
  apply(theme);
  const button = h('button', { type: 'button', class: 'quiet theme' });
  const draw = () => {
    button.textContent = signs[theme];
    button.setAttribute('aria-label', words[theme]);
    button.title = words[theme];
  };
  button.addEventListener('click', () => {
    theme = order[(order.indexOf(theme) + 1) % order.length];
    try { localStorage.setItem('theme', theme); } catch { /* then it lasts as long as the page */ }
    apply(theme);
    draw();
  });
  draw();
  return button;
}
