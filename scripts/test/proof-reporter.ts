import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Reporter, TestModule, Vitest } from 'vitest/node';
import { NEEDS, needsOf } from './needs.ts';
import { PROOF, type Proof } from './proof.ts';

/**
 * Writes what a run of whole projects proved, and what it could not, next to the package.json of each: turbo keeps the file with the
 * result, so that what was skipped is told again when the result comes from its cache.
 */
export class ProofReporter implements Reporter {
  #vitest: Vitest | undefined;

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  async onTestRunEnd(modules: readonly TestModule[]): Promise<void> {
    if (this.#vitest?.config.testNamePattern !== undefined) return;
    for (const [project, own] of Map.groupBy(modules, (module) => module.project)) {
      if ((await project.globTestFiles()).testFiles.length > own.length) continue;
      const tests = own.flatMap((module) => [...module.children.allTests()]);
      const skipped = tests
        .filter((test) => test.result().state === 'skipped')
        .map(({ fullName }) => ({ title: fullName, needs: needsOf(fullName) }));
      const passed = tests.filter((test) => test.result().state === 'passed').length;
      const proof: Proof = { passed, skipped };
      writeFileSync(join(project.config.root, PROOF), `${JSON.stringify(proof, undefined, 2)}\n`);
      for (const { title, needs } of skipped) judge(title, needs);
    }
  }
}

/** A test that is skipped for no reason that is known here is a defect; one that CI installed the tools for is one too. */
function judge(title: string, needs: readonly string[]): void {
  const isKnown = needs.length > 0 && needs.every((need) => NEEDS[need] !== undefined);
  const isRequired =
    process.env.F9_REQUIRE_TOOLS === '1' && needs.every((need) => NEEDS[need]?.program !== undefined);
  if (isKnown && !isRequired) return;
  const why = isKnown
    ? 'with F9_REQUIRE_TOOLS=1 what can be installed is to be there'
    : 'its title is to name a need of scripts/test/needs.ts, as in "(needs strace)"';
  console.error(`\nSkipped: ${title}\n  ${why}`);
  process.exitCode = 1;
}
