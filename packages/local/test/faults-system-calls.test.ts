import { proveErrors } from '../faults/errors.ts';
import { type Configuration, proveKills } from '../faults/kills.ts';
import { OPERATIONS, type Operation } from '../faults/operations.ts';
import { whyNoShim } from '../faults/requirements.ts';
import { testFault } from './support/short-form.ts';

const DEFAULTS: readonly Configuration[] = [{ io: 'auto', durability: 'fsync' }];

testFault(
  'whoever is killed at any call leaves old or new and nothing else, where naive writers tear',
  whyNoShim,
  async (workplace, report) => {
    const operations = named('create, the first of a vault', 'append', 'move', 'session');
    await proveKills(workplace, report, operations, DEFAULTS);
  },
);

testFault(
  'EIO, ENOSPC, EMFILE and short writes at any call leave old or new, a typed error and no handle',
  whyNoShim,
  async (workplace, report) => {
    const operations = named(
      'open a root that is missing',
      'create in new directories',
      'append',
      'streamWrite',
      'move',
      'delete a directory',
      'update on another filesystem',
      'session after a dead holder',
    );
    await proveErrors(workplace, report, operations, DEFAULTS);
  },
);

function named(...names: readonly string[]): Operation[] {
  return names.map((name) => {
    const operation = OPERATIONS.find((candidate) => candidate.name === name);
    if (operation === undefined) throw new Error(`There is no operation ${name}`);
    return operation;
  });
}
