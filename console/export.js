// Rows of any shape as CSV (RFC 4180) and JSON.

export function columnsOf(rows) {
  const columns = new Set();
  for (const row of rows) for (const name of Object.keys(row)) columns.add(name);
  return [...columns];
}

export function cellText(value) {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

// A cell that a spreadsheet would take for a formula is led by an apostrophe.
function csvCell(value) {
  let text = cellText(value);
  if (typeof value === 'string' && /^[=+\-@\t\r]/.test(text)) text = `'${text}`;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function toCsv(rows) {
  const columns = columnsOf(rows);
  return `${[columns.map(csvCell), ...rows.map((row) => columns.map((name) => csvCell(row[name])))].map((cells) => cells.join(',')).join('\r\n')}\r\n`;
}

export const toJson = (rows) => `${JSON.stringify(rows, null, 2)}\n`;
