import { type PromiseId, testBackend } from '@f9/conformance';
import { describe, expect, test } from 'vitest';
import { isLong, sample, seed, sparing } from '../../../scripts/test/daily.ts';
import { failuresOf } from './faults/fault.ts';
import type { Faults } from './processes/folder-driver.ts';
import { folderHarness } from './processes/folder-harness.ts';

const GROUPS = ['between processes', 'sessions'];

// The folder keeps what this is about, and only that.
const { describe: spared, test: each } = sparing({ describe, test }, 5, GROUPS);
await testBackend(
  {
    describe: (name, body) => {
      if (name.startsWith('f9 contract') || GROUPS.includes(name)) spared(name, body);
    },
    test: each,
  },
  folderHarness('a folder'),
);

interface Sabotage {
  readonly caughtBy: PromiseId;
  readonly says: RegExp;
  readonly faults: Faults;
}

const SABOTAGES: Readonly<Record<string, Sabotage>> = {
  'locks only within the process': {
    caughtBy: 'processes.append',
    says: /Every acknowledged line is there/,
    faults: { isWithinProcess: true },
  },
  'locks only within the process, and is asked for ifMatch': {
    caughtBy: 'processes.if-match',
    says: /Every acknowledged line is there|PRECONDITION_FAILED was expected/,
    faults: { isWithinProcess: true },
  },
  'compares outside of the lock, and is asked to edit': {
    caughtBy: 'processes.edit',
    says: /Every acknowledged line is there/,
    faults: { comparesOutside: true, lingers: 1 },
  },
  'compares outside of the lock': {
    caughtBy: 'processes.if-match-streams',
    says: /Every acknowledged line is there/,
    faults: { comparesOutside: true, lingers: 1 },
  },
  'appends without the lock': {
    caughtBy: 'processes.mixed',
    says: /Every acknowledged line is there/,
    faults: { appendsUnlocked: true, lingers: 1 },
  },
  'writes and removes without the lock where there is no condition': {
    caughtBy: 'processes.mixed',
    says: /begins with|does not come back/,
    faults: { writesUnlocked: true, lingers: 3 },
  },
  'moves with the lock of the target alone': {
    caughtBy: 'processes.mixed',
    says: /does not come back|begins with/,
    faults: { movesUnlocked: true, lingers: 3 },
  },
  'looks for an existing file outside of the lock': {
    caughtBy: 'processes.create',
    says: /Each has one winner|ALREADY_EXISTS/,
    faults: { comparesOutside: true, lingers: 1 },
  },
  'makes a file without looking for directories at the same time': {
    caughtBy: 'processes.kinds',
    says: /Each has one winner/,
    faults: { namesUnlocked: true, lingers: 3 },
  },
  'writes files in place': {
    caughtBy: 'processes.read',
    says: /A whole version/,
    faults: { writesInPlace: true },
  },
  'never takes a lock from the dead': {
    caughtBy: 'processes.killed',
    says: /It hangs: update\("log"\)/,
    faults: { keepsForDead: true, lingers: 10 },
  },
  'takes a lock from who is stopped': {
    caughtBy: 'processes.stopped',
    says: /are there once and in order|are lost/,
    faults: { robsAfter: 100, lingers: 30 },
  },
  'refuses who does not get a lock at once': {
    caughtBy: 'processes.fair',
    says: /In another process/,
    faults: { isImpatient: true },
  },
  'takes all threads of a process for one': {
    caughtBy: 'processes.threads',
    says: /Every acknowledged line is there/,
    faults: { ignoresThreads: true, lingers: 1 },
  },
  'gives a stopped session away and lets its holder write on': {
    caughtBy: 'session.fenced',
    says: /LOCK_LOST/,
    faults: { sessionsRobbedAfter: 100 },
  },
};

/** Races take their time: three of them every day, another three with another seed, and all in the long form. */
const all = Object.entries(SABOTAGES);
const chosen = isLong ? all : sample(all, 3);

describe(`a backend that is wrong between processes is caught (seed ${seed})`, () => {
  for (const [name, { caughtBy, says, faults }] of chosen) {
    test(`that ${name}: ${caughtBy}`, async () => {
      const failures = await failuresOf(
        { ...folderHarness(name, faults), patience: 3000, slow: false },
        caughtBy,
      );
      expect([...failures.values()].join('\n\n')).toMatch(says);
    });
  }
});
