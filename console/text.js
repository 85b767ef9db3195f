// Texts out of what a device or a hub sent, which may be anything and of any length.

const isObject = (value) => typeof value === 'object' && value !== null;

// As it is read; an object as it is written in JSON; nothing as nothing.
export const textOf = (value) => (value === undefined || value === null ? '' : isObject(value) ? JSON.stringify(value) : String(value));

// What is shown of a text; whoever wants it whole asks the query page for it.
export const brief = (text, most = 400) => (text.length <= most ? text : `${text.slice(0, most)}… (${text.length} characters)`);
