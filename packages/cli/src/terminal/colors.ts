import picocolors from 'picocolors';
import type { Io, Terminal } from './io.ts';

export type Colors = ReturnType<typeof picocolors.createColors>;

/** Colours on a terminal, unless NO_COLOR or FORCE_COLOR say otherwise. */
export function colorsFor(stream: Terminal, env: Io['env']): Colors {
  return picocolors.createColors(wantsColor(stream, env));
}

function wantsColor({ isTTY }: Terminal, { NO_COLOR, FORCE_COLOR, TERM }: Io['env']): boolean {
  if (NO_COLOR) return false;
  if (FORCE_COLOR) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  return isTTY === true && TERM !== 'dumb';
}
