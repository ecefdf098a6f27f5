import { isFileBackendError } from '@f9/core';

/** Does work that only improves a search, and leaves it undone on a server, or for a user, that may only read. */
export async function whereAllowed(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isFileBackendError(error, 'READ_ONLY') && !isFileBackendError(error, 'PERMISSION_DENIED'))
      throw error;
  }
}
