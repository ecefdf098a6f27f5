import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NEEDS } from './needs.ts';
import type { TestedPackage } from './packages.ts';

/** Where the tests of a package say what they proved, next to its package.json. */
export const PROOF = '.proof.json';

export interface Proof {
  readonly passed: number;
  readonly skipped: readonly { readonly title: string; readonly needs: readonly string[] }[];
}

/** What the tests of each package proved when they last ran to their end, here or in the cache. */
export function readProofs(packages: readonly TestedPackage[]): Map<string, Proof> {
  const proofs = new Map<string, Proof>();
  for (const { name, folder } of packages) {
    const proof = readProof(folder);
    if (proof !== undefined) proofs.set(name, proof);
  }
  return proofs;
}

/** The last lines of a run: how much was proven, what was not, and what to do about it. */
export function summary(proofs: ReadonlyMap<string, Proof>): string {
  if (proofs.size === 0) return 'No package was proven on this machine yet: pnpm test proves them.';
  const skipped = [...proofs].flatMap(([name, proof]) => proof.skipped.map((test) => ({ name, ...test })));
  const passed = [...proofs.values()].reduce((sum, proof) => sum + proof.passed, 0);
  const proven = `${passed} tests of ${proofs.size} packages passed`;
  if (skipped.length === 0) return `${proven}; nothing was left unproven on this machine.`;
  const byNeeds = Map.groupBy(skipped, ({ needs }) => needs.join(', '));
  const lines = [...byNeeds].map(([key, tests]) => {
    const packages = [...new Set(tests.map(({ name }) => name))].join(', ');
    const advice = tests[0]!.needs.map((need) => NEEDS[need]?.advice ?? need).join('; ');
    return `  ${String(tests.length).padStart(3)} of ${packages}: needs ${key}. To prove them: ${advice}`;
  });
  return [`${proven}; ${skipped.length} could not run here and prove nothing:`, ...lines].join('\n');
}

function readProof(folder: string): Proof | undefined {
  const file = join(folder, PROOF);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Proof) : undefined;
}
