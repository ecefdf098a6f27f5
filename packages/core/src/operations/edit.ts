import { AsyncLocalStorage } from 'node:async_hooks';
import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import type { EditedContent } from '../backend.ts';
import { bytesOf, plainBytes, toByteSource } from '../contents/content.ts';
import type { BackendDriver } from '../driver/driver.ts';
import { stateOf } from '../driver/driver-state.ts';
import { CallerError } from '../driver/explain.ts';
import type { DriverOptions } from '../driver/options.ts';
import { assertMatch, assertReadable } from '../driver/preconditions.ts';
import { backendError, isFileBackendError } from '../errors.ts';
import type { FileInfo } from '../file-info.ts';
import { type BackendPath, joinPath } from '../paths/path.ts';
import { somebodyWrote } from './guards.ts';

/**
 * Times that a change is made, each anew after a foreign write. Of several processes that write all the time to a store without locks, half
 * of the tries are in vain: with ten, one edit of a thousand would be refused.
 */
const TRIES = 30;

/** Files that are being edited around this code: another edit of one of them would wait for itself. */
const editing = new AsyncLocalStorage<ReadonlySet<string>>();

/** How to change a file. */
export interface Edit {
  readonly change: (bytes: Uint8Array) => EditedContent | Promise<EditedContent>;
  readonly ifMatch: string | undefined;
}

/**
 * Reads, changes and writes a file as one step, in the order of arrival.
 *
 * @throws `BUSY` where others wrote in between again and again, `PRECONDITION_FAILED`, what `change` throws
 */
export async function editFile(
  driver: BackendDriver,
  path: BackendPath,
  edit: Edit,
  call: DriverOptions,
): Promise<FileInfo> {
  const { root, base } = stateOf(driver);
  const key = joinPath(base, path);
  const around = editing.getStore();
  if (around?.has(key)) {
    throw backendError(
      'INVALID_ARGUMENT',
      `${JSON.stringify(path)} is being edited by the change that calls edit; give the new content instead`,
      { path },
    );
  }
  const nested = new Set(around).add(key);
  const { edits } = root;
  return await edits.lines.run(
    key,
    async () => {
      const began = performance.now();
      const { info, tries } = await editing.run(nested, () => editInTurn(driver, path, edit, call));
      await edits.rivals.giveWay(tries, performance.now() - began);
      return info;
    },
    call.signal,
  );
}

async function editInTurn(
  driver: BackendDriver,
  path: BackendPath,
  { change, ifMatch }: Edit,
  call: DriverOptions,
): Promise<{ readonly info: FileInfo; readonly tries: number }> {
  for (let tries = 1; ; tries++) {
    const seen = await driver.stat(path, call);
    assertReadable(path, seen);
    assertMatch(path, seen, ifMatch);
    const bytes = await (driver.readFile?.(path, call) ?? bytesOf(driver.read(path, call)));
    const edited = await callersOwn(() => change(plainBytes(bytes)));
    if (edited === undefined) return { info: seen, tries };
    call.signal?.throwIfAborted();
    try {
      const conditions = { ifExists: 'replace', ifMissing: 'fail', ifMatch: seen.etag } as const;
      return { info: await driver.write(path, contentOf(edited), { ...call, ...conditions }), tries };
    } catch (error) {
      if (ifMatch !== undefined || !isFileBackendError(error, 'PRECONDITION_FAILED')) throw error;
      if (tries === TRIES) throw somebodyWrote(path);
      await setImmediate();
    }
  }
}

async function callersOwn<T>(body: () => T | Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    throw new CallerError(error);
  }
}

function contentOf(edited: Uint8Array | string): Uint8Array {
  const source =
    typeof edited === 'string' || edited instanceof Uint8Array ? toByteSource(edited) : undefined;
  if (source instanceof Uint8Array) return source;
  throw backendError(
    'INVALID_ARGUMENT',
    `change must give bytes, a string, or undefined, not ${typeof edited}`,
  );
}
