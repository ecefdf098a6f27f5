import type { ListedInfo } from '@f9/core';
import type { Colors } from './colors.ts';
import { visibleLine } from './text.ts';

/** A name as a terminal shows it: directories blue with a `/`, links cyan with an `@`. */
export function entryName({ fileType }: ListedInfo, name: string, colors: Colors): string {
  const shown = visibleLine(name);
  if (fileType === 'directory') return `${colors.blue(shown)}/`;
  if (fileType === 'symlink') return `${colors.cyan(shown)}@`;
  return shown;
}
