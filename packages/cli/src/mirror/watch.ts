import { setTimeout as sleep } from 'node:timers/promises';
import { isFileBackendError, type VaultChange } from '@f9/core';
import type { Context } from '../context.ts';
import { lastAnswer } from '../freshness/offline.ts';
import { complaintOf } from '../terminal/errors.ts';
import { EXIT } from '../terminal/exit-codes.ts';
import { Stopped } from '../terminal/io.ts';
import type { Log } from '../terminal/log.ts';
import { formatBytes, formatCount, plural } from '../terminal/text.ts';
import type { Place } from '../vaults/vaults.ts';
import { type MirrorCommandOptions, type MirrorOutcome, type MirrorPlaces, mirrorOnce } from './once.ts';
import { WHY_SKIPPED } from './report.ts';

/** Milliseconds before the next try after a failure: doubled each time, up to the longest. */
const FIRST_RETRY = 5000;
const LONGEST_RETRY = 600_000;

/**
 * Mirrors again and again until it is told to end. A failure that time may heal is tried again, ever later; any other (rewritten
 * history, a mass deletion, a refused password) ends it with the error.
 *
 * @param interval milliseconds between the end of one run and the start of the next
 */
export async function mirrorForever(
  context: Context,
  places: MirrorPlaces,
  options: MirrorCommandOptions,
  interval: number,
  log: Log,
): Promise<number> {
  const { signal } = context;
  const names = `${places.source.nameOf(places.source.path)} to ${places.target.nameOf(places.target.path)}`;
  log.line('watching', `mirroring ${names}; again every ${interval / 1000} s`);
  let failures = 0;
  let skipped: ReadonlySet<string> = new Set();
  const changes = new Changes(places.source, log, signal);
  try {
    await changes.begin();
    for (;;) {
      let pause = interval;
      try {
        const run = await mirrorOnce(context, places, options, options.verbose === true ? log : undefined);
        failures = run.offline === undefined && run.result.failed.length === 0 ? 0 : failures + 1;
        if (options.verbose === true) skipped = tellSkipped(log, run, skipped);
        tell(log, run);
      } catch (error) {
        signal.throwIfAborted();
        if (!isFileBackendError(error) || !mayHeal(error)) throw error;
        failures++;
        const { code, message } = complaintOf(error, 'mirror');
        log.line('failed', `${message} (${code})`, { code });
      }
      if (failures > 0) {
        pause = Math.max(pause, Math.min(FIRST_RETRY * 2 ** (failures - 1), LONGEST_RETRY));
        await sleep(pause, undefined, { signal });
      } else await sleepUntil(changes.next(), pause, signal);
    }
  } catch (error) {
    // Being told to end is the normal end.
    if (signal.reason instanceof Stopped && signal.reason.exitCode !== EXIT.brokenPipe) {
      log.line('ended', 'told to end; what was finished is whole');
      return EXIT.ok;
    }
    throw error;
  }
}

/** Milliseconds within which changes are mirrored together. */
const SETTLES = 300;

async function sleepUntil(change: Promise<void>, milliseconds: number, signal: AbortSignal): Promise<void> {
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  try {
    await Promise.race([sleep(milliseconds, undefined, { signal: either }), change]);
  } finally {
    over.abort();
  }
  await sleep(SETTLES, undefined, { signal });
}

/** The changes of a vault that tells of them by itself; none of any other. */
class Changes {
  readonly #iterator: AsyncIterator<VaultChange> | undefined;
  readonly #log: Log;
  readonly #signal: AbortSignal;
  readonly #begun: PromiseWithResolvers<void> = Promise.withResolvers();
  #next: Promise<void> | undefined;

  constructor({ backend, path }: Place, log: Log, signal: AbortSignal) {
    const tells = backend.capabilities.watch === 'native';
    const onReady = this.#begun.resolve;
    this.#iterator = tells ? backend.watch(path, { signal, onReady })[Symbol.asyncIterator]() : undefined;
    if (!tells) onReady();
    this.#log = log;
    this.#signal = signal;
  }

  /** Begins to watch: every change from then on is told, even while the first run mirrors. */
  begin(): Promise<void> {
    void this.next();
    return this.#begun.promise;
  }

  /** A promise of the next change. It stays the same until it is fulfilled, so that a long wait leaves nothing behind. */
  next(): Promise<void> {
    this.#next ??= this.#wait();
    return this.#next;
  }

  async #wait(): Promise<void> {
    try {
      await (this.#iterator?.next() ?? forever());
      this.#next = undefined;
    } catch (error) {
      this.#begun.resolve();
      if (!this.#signal.aborted) {
        this.#log.line(
          'not watched',
          `changes are looked for by time alone: ${complaintOf(error, 'mirror').message}`,
        );
      }
      await forever();
    }
  }
}

function forever(): Promise<never> {
  return new Promise(() => undefined);
}

/** Whether time may heal an error: a full disk may be emptied, and a server may come back. */
function mayHeal({ retryable, code }: { readonly retryable: boolean; readonly code: string }): boolean {
  return retryable || code === 'NO_SPACE';
}

/** Tells what was skipped, but not again what the run before skipped. @returns what this one skipped */
function tellSkipped(log: Log, { result }: MirrorOutcome, before: ReadonlySet<string>): ReadonlySet<string> {
  for (const { path, reason } of result.skipped) {
    if (!before.has(path)) log.line('skipped', `skipped ${path}: ${WHY_SKIPPED[reason]}`, { path, reason });
  }
  return new Set(result.skipped.map(({ path }) => path));
}

function tell(log: Log, { result, version, offline, askedAt, seconds }: MirrorOutcome): void {
  const { copied, updated, moved, deleted, unchanged, skipped, failed, bytes } = result;
  for (const { path, error } of failed) {
    const { code, message } = complaintOf(error, 'mirror');
    log.line('file failed', `${path}: ${message} (${code})`, { path, code });
  }
  if (offline !== undefined) {
    log.line(
      'offline',
      `the remote could not be asked: ${complaintOf(offline, 'mirror').message}; ${lastAnswer(askedAt)} is mirrored`,
      { askedAt },
    );
  }
  const changed = copied.length + updated.length + moved.length + deleted.length;
  const at = version === undefined ? '' : ` at ${version.slice(0, 10)}`;
  const left = skipped.length === 0 ? '' : `, ${formatCount(skipped.length)} skipped`;
  const counts = {
    copied: copied.length,
    updated: updated.length,
    moved: moved.length,
    deleted: deleted.length,
    unchanged: unchanged.length,
    skipped: skipped.length,
    failed: failed.length,
  };
  log.line(
    'mirrored',
    `${plural(changed, 'change')}${at}, ${plural(failed.length, 'failure')}${left}; ${formatBytes(bytes)} in ${seconds.toFixed(1)} s`,
    { version, bytes, seconds, ...counts },
  );
}
