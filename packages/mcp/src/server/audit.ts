/** Arguments that may be written down: what a file holds, or is to hold, is given by its length. */
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
