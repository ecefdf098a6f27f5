import type { SyncConflict, SyncFileBackend } from '@f9/core';
import { baseName } from '@f9/core/driver';
import type { Context } from '../context.ts';
import { editText, keepText } from '../terminal/editor.ts';
import { UsageError } from '../terminal/errors.ts';
import { EXIT } from '../terminal/exit-codes.ts';
import { Stopped } from '../terminal/io.ts';
import { visibleLine } from '../terminal/text.ts';
import type { Place } from '../vaults/vaults.ts';
import { hasMarkers, mergeWithMarkers, readSides, textSides } from './conflict-text.ts';

/** A conflict, and its vault. */
export interface Quarrel {
  readonly conflict: SyncConflict;
  readonly backend: SyncFileBackend;
  readonly place: Place;
}

export type Side = 'local' | 'remote' | 'both';

export async function acceptSide({ output, signal }: Context, quarrel: Quarrel, side: Side): Promise<void> {
  const { backend, place } = quarrel;
  const { path } = quarrel.conflict;
  if (side === 'local') await backend.conflictAcceptLocal(path, { signal });
  else if (side === 'remote') await backend.conflictAcceptRemote(path, { signal });
  else await backend.conflictKeepBoth(path, { signal });
  const location = place.nameOf(path);
  await output.item({ location, path, accepted: side }, `${visibleLine(location)}: ${side} kept`);
}

/** @param data the new content of the file */
export async function resolveWith(
  { output, signal }: Context,
  { conflict, backend, place }: Quarrel,
  data: string | AsyncIterable<Uint8Array>,
): Promise<void> {
  const { path } = conflict;
  await backend.conflictResolve(path, { data, signal });
  const location = place.nameOf(path);
  await output.item({ location, path, resolved: true }, `${visibleLine(location)}: resolved`);
}

/** @throws `UsageError` for a file that is not text; `Stopped` where the editor gave no text */
export async function resolveInEditor(context: Context, quarrel: Quarrel): Promise<void> {
  const { io, signal } = context;
  const { path } = quarrel.conflict;
  const texts = textSides(await readSides(quarrel.conflict));
  if (texts === undefined) {
    throw new UsageError(`${JSON.stringify(path)} is not text; choose a side with --accept`);
  }
  const text = await editText(mergeWithMarkers(texts), baseName(path), io.env, signal);
  if (hasMarkers(text)) {
    const kept = await keepText(text, baseName(path));
    throw new Stopped(
      `the text still holds conflict markers; the conflict stays, and what was written is kept in ${kept}. Take the markers out ` +
        `and settle it: f9 conflicts ${quarrel.place.nameOf(path)} --stdin < ${kept}`,
      EXIT.failed,
    );
  }
  try {
    await resolveWith(context, quarrel, text);
  } catch (error) {
    await context.keep(text, baseName(path));
    throw error;
  }
}
