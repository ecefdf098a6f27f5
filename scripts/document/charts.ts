interface Bar {
  readonly name: string;
  readonly value: number;
  readonly isOurs: boolean;
}

const ROW = 40;
/** A little wider than the text of a phone, which a picture is shrunk to. */
const WIDTH = 400;
/** Characters of a title that fit into a line. */
const LINE = 56;
const COLOURS = { ours: '#2563eb', theirs: '#94a3b8', text: '#475569' };

/** Horizontal bars, each below its name, ours in colour: shorter is faster. Plain SVG that reads on light and dark pages, and on a phone. */
export function barChart(title: string, bars: readonly Bar[], unit: (value: number) => string): string {
  const most = Math.max(...bars.map(({ value }) => value));
  const lines = linesOf(title);
  const top = 26 + lines.length * 16;
  const rows = bars.map(({ name, value, isOurs }, i) => {
    const y = top + i * ROW;
    const width = Math.max(2, (WIDTH * value) / most);
    return [
      `<text x="0" y="${y}">${escapeXml(name)}</text>`,
      `<text x="${WIDTH}" y="${y}" text-anchor="end">${escapeXml(unit(value))}</text>`,
      `<rect x="0" y="${y + 7}" width="${width.toFixed(1)}" height="12" rx="3" fill="${isOurs ? COLOURS.ours : COLOURS.theirs}"/>`,
    ].join('');
  });
  const height = top + bars.length * ROW - 8;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escapeXml(title)}" font-family="system-ui, sans-serif" font-size="11" fill="${COLOURS.text}">`,
    ...lines.map(
      (line, i) =>
        `<text x="0" y="${16 * (i + 1)}" font-size="12" font-weight="600">${escapeXml(line)}</text>`,
    ),
    ...rows,
    '</svg>',
    '',
  ].join('\n');
}

function linesOf(title: string): string[] {
  const lines: string[] = [];
  for (const word of title.split(' ')) {
    const line = lines.at(-1);
    if (line === undefined || line.length + word.length >= LINE) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines;
}

/** Microseconds as people read them. */
export function time(microseconds: number): string {
  if (microseconds >= 1e6) return `${(microseconds / 1e6).toFixed(2)} s`;
  return microseconds >= 1e3 ? `${(microseconds / 1e3).toFixed(1)} ms` : `${microseconds.toFixed(1)} µs`;
}

export function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
