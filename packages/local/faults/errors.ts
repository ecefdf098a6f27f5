import { availableParallelism } from 'node:os';
import { forEachConcurrently } from '@f9/core/driver';
import { LocalFileBackend } from '../src/index.ts';
import type { ErrorResult, EveryError } from './children/every-error.ts';
import { ERROR_FAULTS } from './error-faults.ts';
import { CONFIGURATIONS, type Configuration } from './kills.ts';
import { CONTROLS, isControl } from './naive.ts';
import type { Operation } from './operations.ts';
import type { Report } from './report.ts';
import { breachesOf, inspectRemains, type Outcome } from './verdict.ts';
import { linesOf, type Workplace } from './workplace.ts';

/**
 * Makes every call of every operation fail, in every way, and go on in the same process; then opens in another one what could not be
 * cleaned up.
 */
export async function proveErrors(
  workplace: Workplace,
  report: Report,
  operations: readonly Operation[],
  configurations: readonly Configuration[] = CONFIGURATIONS,
): Promise<void> {
  const faults = ERROR_FAULTS.map(({ name }) => name);
  report.section(`An error at every call: ${faults.join(', ')}`);
  const row = report.table(
    'operation',
    'points',
    'injected',
    'old',
    'between',
    'new',
    'torn',
    'leaks',
    'breaches',
  );
  const tried = [...CONTROLS, ...operations];
  const results: ErrorResult[] = [];
  await forEachConcurrently(configurations, availableParallelism(), async (configuration) => {
    results.push(...(await failEverywhere(workplace, tried, faults, configuration)));
  });
  for (const operation of tried) {
    const own = results.filter((result) => result.operation === operation.name);
    const found = own.reduce((sum, result) => sum + result.found, 0);
    const injected = own.reduce((sum, result) => sum + result.injected, 0);
    const outcomes = own.flatMap((result) => result.outcomes);
    const breaches = own.flatMap((result) => result.breaches);
    const count = (outcome: Outcome): number => outcomes.filter((one) => one === outcome).length;
    const leaks = breaches.filter(({ kind }) => kind === 'leak').length;
    const [old, between, done, torn] = [count('old'), count('between'), count('new'), count('torn')];
    row(operation.name, found, injected, old, between, done, torn, leaks, breaches.length);
    if (found !== injected)
      report.breach(`${operation.name}: ${found} points found, and ${injected} injected`);
    if (!isControl(operation)) report.breachAll(breaches.map(({ text }) => text));
    else if (!breaches.some(({ kind }) => kind === operation.caughtAt.error)) {
      report.breach(`${operation.name}: was not caught, so nothing here would be`);
    }
  }
}

async function failEverywhere(
  workplace: Workplace,
  operations: readonly Operation[],
  faults: readonly string[],
  options: Configuration,
): Promise<ErrorResult[]> {
  const folder = workplace.newFolder();
  using shim = workplace.newShim();
  const dead = await workplace.deadProcesses();
  const request: EveryError = {
    operations: operations.map(({ name }) => name),
    faults,
    options,
    folder,
    shim: shim.path,
    dead,
  };
  const ended = await workplace.run('every-error', [request], workplace.underShim(shim, folder));
  const results = linesOf<ErrorResult>(ended);
  return await Promise.all(
    results.map(async (result) => {
      const operation = operations.find(({ name }) => name === result.operation)!;
      const breaches = [...result.breaches];
      for (const root of result.toReopen) {
        await (await LocalFileBackend.open({ root, durability: 'none' }))[Symbol.asyncDispose]();
        breaches.push(...breachesOf(inspectRemains(operation, 'lasting error', root), false));
      }
      return { ...result, breaches };
    }),
  );
}
