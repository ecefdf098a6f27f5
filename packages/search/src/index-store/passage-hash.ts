import { createHash } from 'node:crypto';

/** Hash of a passage that is embedded and shown: 128 bits in hex, equal for equal headings and text, wherever they stand. */
export function passageHash(headings: readonly string[], text: string): string {
  const hash = createHash('sha256');
  for (const heading of headings) hash.update(heading).update('\0');
  return hash.update('\0').update(text).digest('hex').slice(0, 32);
}

/** The text of a passage for a model: its headings tell the subject. */
export function embeddedText(headings: readonly string[], text: string): string {
  return headings.length === 0 ? text : `${headings.join(' > ')}\n\n${text}`;
}
