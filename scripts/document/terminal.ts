import { escapeXml } from './charts.ts';

export interface RecordedCommand {
  readonly command: string;
  /** What it printed, colours as ANSI. */
  readonly output: string;
}

const LINE = 20;
const [LEFT, TOP] = [18, 48];
/** Of the font, at 13 pixels. */
const CHARACTER = 7.85;
/** Seconds from one line to the next, and from the end of a command to the next. */
const [STEP, PAUSE] = [0.12, 0.9];

const COLOURS: Readonly<Record<string, string>> = {
  '31': '#f87171',
  '32': '#4ade80',
  '33': '#facc15',
  '34': '#60a5fa',
  '36': '#22d3ee',
};

/** A terminal in which the commands were given one after the other; its lines appear as they did. */
export function terminalPicture(recorded: readonly RecordedCommand[]): string {
  const lines: { readonly text: string; readonly at: number }[] = [];
  let at = 0.5;
  for (const { command, output } of recorded) {
    lines.push({ text: `<tspan fill="#4ade80">$</tspan> ${escapeXml(command)}`, at });
    at += PAUSE;
    for (const line of output.trimEnd().split('\n')) {
      if (output.trim() === '') break;
      lines.push({ text: painted(line), at });
      at += STEP;
    }
    at += PAUSE;
  }
  const longest = Math.max(
    ...recorded.flatMap(({ command, output }) => [command.length + 2, ...output.split('\n').map(bareLength)]),
  );
  const width = Math.ceil(LEFT * 2 + longest * CHARACTER);
  const height = TOP + lines.length * LINE + 10;
  const rows = lines.map(
    ({ text, at: start }, i) =>
      `<text x="${LEFT}" y="${TOP + i * LINE}" style="animation-delay:${start.toFixed(2)}s" xml:space="preserve">${text}</text>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeXml(recorded.map(({ command }) => command).join('; '))}">`,
    '<style>',
    'text{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#e2e8f0;animation:show .01s both}',
    '@keyframes show{from{opacity:0}to{opacity:1}}',
    '@media (prefers-reduced-motion:reduce){text{animation:none}}',
    '</style>',
    `<rect width="${width}" height="${height}" rx="10" fill="#0f172a"/>`,
    ...['#f87171', '#facc15', '#4ade80'].map(
      (fill, i) => `<circle cx="${20 + i * 18}" cy="18" r="5" fill="${fill}"/>`,
    ),
    ...rows,
    '</svg>',
    '',
  ].join('\n');
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with one
const COLOUR = /\u001b\[(\d+)m/;

/** ANSI colours as spans. */
function painted(line: string): string {
  let open = false;
  const spans = line.split(COLOUR).map((part, i) => {
    if (i % 2 === 0) return escapeXml(part);
    const close = open ? '</tspan>' : '';
    const fill = part === '2' ? '#94a3b8' : COLOURS[part];
    const bold = part === '1' ? ' font-weight="700"' : '';
    open = fill !== undefined || bold !== '';
    return close + (open ? `<tspan${fill === undefined ? '' : ` fill="${fill}"`}${bold}>` : '');
  });
  return spans.join('') + (open ? '</tspan>' : '');
}

function bareLength(line: string): number {
  return line
    .split(COLOUR)
    .filter((_, i) => i % 2 === 0)
    .join('').length;
}
