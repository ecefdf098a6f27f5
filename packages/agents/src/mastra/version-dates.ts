import { type FileBackend, type FileInfo, isFileBackendError, type UpdateOptions } from '@f9/core';
import { StaleFileError } from '@mastra/core/workspace';

/**
 * Dates that stand for versions. The framework tells versions apart only by date, and dates of vaults are coarse, equal, or missing;
 * so each version that is seen at a path gets a later date than the one before.
 */
export class VersionDates {
  readonly #vault: FileBackend;
  readonly #seen = new Map<string, { readonly etag: string | undefined; readonly date: Date }>();

  constructor(vault: FileBackend) {
    this.#vault = vault;
  }

  /** The date of a version. */
  of({ path, etag, modifiedAt = new Date(0) }: FileInfo): Date {
    const before = this.#seen.get(path);
    if (before !== undefined && before.etag === etag) return before.date;
    const date = new Date(
      Math.max(modifiedAt.getTime(), before === undefined ? 0 : before.date.getTime() + 1),
    );
    this.#seen.set(path, { etag, date });
    return date;
  }

  /** Writes over the version that `expected` stands for. @throws `StaleFileError` where another one is present */
  async update(path: string, expected: Date, data: UpdateOptions['data']): Promise<void> {
    const { etag, date } = await this.#present(path);
    if (etag === undefined || date.getTime() !== expected.getTime())
      throw new StaleFileError(`/${path}`, expected, date);
    try {
      await this.#vault.update(path, { data, ifMatch: etag });
    } catch (error) {
      if (!isFileBackendError(error, 'PRECONDITION_FAILED')) throw error;
      throw new StaleFileError(`/${path}`, expected, (await this.#present(path)).date);
    }
  }

  async #present(path: string): Promise<{ readonly etag: string | undefined; readonly date: Date }> {
    const info = await this.#vault.info(path);
    return { etag: info.etag, date: this.of(info) };
  }
}
