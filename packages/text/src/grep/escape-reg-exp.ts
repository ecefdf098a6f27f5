/** The source of a regular expression, with or without flag `u`, that matches `text` and nothing else. */
export function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
