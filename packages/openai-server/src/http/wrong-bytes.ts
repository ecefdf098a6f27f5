import type { Reply } from '../routes/api-call.ts';

/** The same answer with one character of its content, or of its longest attribute, changed. */
export function withWrongBytes(reply: Reply): Reply {
  if ('bytes' in reply) {
    const bytes = Uint8Array.from(reply.bytes);
    const middle = bytes.length >> 1;
    if (bytes.length > 0) bytes[middle] = bytes[middle]! ^ 1;
    return { bytes };
  }
  const json = structuredClone(reply.json);
  const longest = strings(json).reduce<TextSpot | undefined>(
    (best, spot) => (best === undefined || spot.text.length > best.text.length ? spot : best),
    undefined,
  );
  longest?.replace(changed(longest.text));
  return { json };
}

interface TextSpot {
  readonly text: string;
  replace(text: string): void;
}

/** The texts of content parts and the values of attributes, wherever they are in the answer. */
function strings(value: unknown, inside = false): TextSpot[] {
  if (typeof value !== 'object' || value === null) return [];
  const holder = value as Record<string, unknown>;
  return Object.entries(holder).flatMap(([key, item]) => {
    if (typeof item === 'string' && item !== '' && (inside || key === 'text')) {
      const replace = (text: string) => {
        holder[key] = text;
      };
      return [{ text: item, replace }];
    }
    return strings(item, key === 'attributes');
  });
}

function changed(text: string): string {
  const middle = text.length >> 1;
  const other = text[middle] === 'A' ? 'B' : 'A';
  return text.slice(0, middle) + other + text.slice(middle + 1);
}
