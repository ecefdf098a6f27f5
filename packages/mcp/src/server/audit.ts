/** Arguments with content of files or messages, of which only the length is written down. */
const TEXTS = new Set(['content', 'oldText', 'newText', 'message']);

/** The arguments of a call without the texts in them. */
export function auditedArguments(input: unknown): Readonly<Record<string, unknown>> {
  return audited(input ?? {}) as Record<string, unknown>;
}

function audited(value: unknown, key = ''): unknown {
  if (typeof value === 'string') return TEXTS.has(key) ? `${value.length} characters` : value;
  if (Array.isArray(value)) return value.map((item) => audited(item));
  if (typeof value !== 'object' || value === null) return value;
  if (key === 'frontmatter') return Object.keys(value);
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, audited(inner, name)]));
}
