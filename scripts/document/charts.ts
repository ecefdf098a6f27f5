interface Bar {
  readonly name: string;
  readonly value: number;
  readonly isOurs: boolean;
}

const ROW = 30;
const LABEL = 330;
const WIDTH = 820;
const COLOURS = { ours: '#2563eb', theirs: '#94a3b8', text: '#475569' };

/** Horizontal bars, ours in colour: shorter is faster. Plain SVG that reads on light and dark pages. */
export function barChart(title: string, bars: readonly Bar[], unit: (value: number) => string): string {
  const most = Math.max(...bars.map(({ value }) => value));
  const rows = bars.map(({ name, value, isOurs }, i) => {
    const y = 44 + i * ROW;
    const width = Math.max(2, ((WIDTH - LABEL - 110) * value) / most);
    return [
      `<text x="${LABEL - 10}" y="${y + 14}" text-anchor="end">${escapeXml(name)}</text>`,
      `<rect x="${LABEL}" y="${y}" width="${width.toFixed(1)}" height="18" rx="3" fill="${isOurs ? COLOURS.ours : COLOURS.theirs}"/>`,
      `<text x="${(LABEL + width + 8).toFixed(1)}" y="${y + 14}">${escapeXml(unit(value))}</text>`,
    ].join('');
  });
  const height = 52 + bars.length * ROW;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escapeXml(title)}" font-family="system-ui, sans-serif" font-size="13" fill="${COLOURS.text}">`,
    `<text x="0" y="20" font-size="15" font-weight="600">${escapeXml(title)}</text>`,
    ...rows,
    '</svg>',
    '',
  ].join('\n');
}

/** Microseconds as people read them. */
export function time(microseconds: number): string {
  if (microseconds >= 1e6) return `${(microseconds / 1e6).toFixed(2)} s`;
  return microseconds >= 1e3 ? `${(microseconds / 1e3).toFixed(1)} ms` : `${microseconds.toFixed(1)} µs`;
}

export function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
