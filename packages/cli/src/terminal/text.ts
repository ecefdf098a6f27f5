// Control characters, and those that turn the direction of text: with them, a name that ends in `txt.exe` can be shown as `exe.txt`.
const CONTROL =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** Text of a stranger in a form that a terminal shows and does not obey. Tabs and line ends stay. */
export function visible(text: string): string {
  return text.replace(CONTROL, (character) => {
    const code = character.charCodeAt(0).toString(16);
    return code.length > 2 ? `\\u${code.padStart(4, '0')}` : `\\x${code.padStart(2, '0')}`;
  });
}

/** The same in one line. */
export function visibleLine(text: string): string {
  return visible(text).replaceAll('\n', '\\n').replaceAll('\t', '\\t');
}

/**
 * A line of checksums as GNU's tools write and read it. A backslash in front tells that a line break or backslash in the name is
 * escaped.
 */
export function checksumLine(checksum: string, name: string): string {
  if (!/[\\\n\r]/.test(name)) return `${checksum}  ${visibleLine(name)}`;
  const escaped = name.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r');
  return `\\${checksum}  ${visibleLine(escaped)}`;
}

/** As much of a text as fits into a number of characters, with `…` where something is left out. */
export function shortened(text: string, width: number): string {
  const characters = [...text];
  return characters.length <= width ? text : `${characters.slice(0, width - 1).join('')}…`;
}

/** A text whose URIs end at their `://`, or else at their `:`, before any secret. */
export function withoutUris(text: string): string {
  return text.replace(/:(\/\/)?.*/s, ':$1…');
}

const UNITS = ['kB', 'MB', 'GB', 'TB', 'PB'];

/** A number of bytes for people: `0 B`, `1.2 kB`, powers of 1000. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 999.95 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value.toFixed(1)} ${UNITS[unit]}`;
}

const counts = new Intl.NumberFormat('en-US');

export function formatCount(count: number): string {
  return counts.format(count);
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** A time for people, in the largest unit that fits: `3 hours ago`. */
export function howLongAgo(then: Date): string {
  const seconds = Math.max(0, Math.round((Date.now() - then.getTime()) / 1000));
  const [count, unit] =
    seconds < 120
      ? [seconds, 'second']
      : seconds < 7200
        ? [Math.round(seconds / 60), 'minute']
        : seconds < 172_800
          ? [Math.round(seconds / 3600), 'hour']
          : [Math.round(seconds / 86_400), 'day'];
  return `${plural(count, unit)} ago`;
}
