import { backendError } from '@f9/core/driver';
import { type Section, sections } from './sections.ts';

/** A heading as it reads (`'Ideas'`), or it and some of the headings above it, outermost first (`['Garden', 'Ideas']`). */
export type SectionTarget = string | readonly string[];

const CANDIDATES_NAMED = 20;

/** The one section that `target` names. @throws `NO_MATCH` with all headings, `AMBIGUOUS` with the lines */
export function findSection(text: string, target: SectionTarget, path: string): Section {
  return findSectionIn(sections(text), target, path);
}

/** The one of all sections of a note that `target` names; see `findSection`. */
export function findSectionIn(all: readonly Section[], target: SectionTarget, path: string): Section {
  const wanted = (typeof target === 'string' ? [target] : target).map((heading) =>
    heading.replace(/^#{1,6}\s+/, '').trim(),
  );
  if (wanted.length === 0 || wanted.includes('')) {
    throw backendError('INVALID_ARGUMENT', 'A section is named by its heading, which is not empty', { path });
  }
  const matching = all.filter((section) => leadsTo(section.path, wanted));
  const [only] = matching;
  const name = wanted.map((heading) => JSON.stringify(heading)).join(' > ');
  if (only === undefined) {
    throw backendError('NO_MATCH', `${JSON.stringify(path)} has no section ${name}; ${listed(all)}`, {
      path,
    });
  }
  if (matching.length > 1) {
    const named = matching.slice(0, CANDIDATES_NAMED);
    const places = named.map(({ line, path: above }) => `line ${line}: ${above.join(' > ')}`);
    if (named.length < matching.length) places.push('…');
    throw backendError(
      'AMBIGUOUS',
      `${JSON.stringify(path)} has ${matching.length} sections ${name} (${places.join('; ')}); give the headings above it too`,
      { path },
    );
  }
  return only;
}

/** Whether `wanted` ends with the section's own heading and its other names are above it in the same order. */
function leadsTo(path: readonly string[], wanted: readonly string[]): boolean {
  if (path.at(-1)!.trim() !== wanted.at(-1)) return false;
  let at = 0;
  for (const heading of path.slice(0, -1)) if (heading.trim() === wanted[at] && at < wanted.length - 1) at++;
  return at === wanted.length - 1;
}

function listed(all: readonly Section[]): string {
  if (all.length === 0) return 'it has no headings';
  const named = all.slice(0, CANDIDATES_NAMED).map(({ heading }) => JSON.stringify(heading));
  return `its headings are ${named.join(', ')}${all.length > CANDIDATES_NAMED ? ', …' : ''}`;
}
