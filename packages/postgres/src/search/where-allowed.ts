import { isFileBackendError } from '@f9/core';

/** Does what makes a search better; on a server, or for a user, that may only read, what is there has to do. */
export async function whereAllowed(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isFileBackendError(error, 'READ_ONLY') && !isFileBackendError(error, 'PERMISSION_DENIED'))
      throw error;
  }
}
