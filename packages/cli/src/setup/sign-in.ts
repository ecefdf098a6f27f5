import { isFileBackendError } from '@f9/core';
import type { Context } from '../context.ts';
import type { Interview } from '../terminal/ask.ts';
import { complaintOf } from '../terminal/errors.ts';

/** Secrets to ask for: the beginning of the URI, the question, and the parameter that takes the answer. */
const SECRETS: readonly (readonly [RegExp, string, string])[] = [
  [/^git\+https?:/, 'A password or a token for it', 'password'],
  [/^openai\+vector:/, 'A key for it', 'api_key'],
];

/**
 * Opens something by its URI. If it needs a login, asks for a password or a key, again and again until it opens.
 *
 * @throws what opening throws, where nobody answers
 */
export async function signedIn<T>(
  context: Context,
  interview: Interview,
  uri: string,
  open: (uri: string) => Promise<T>,
): Promise<T> {
  const [, what, parameter] = SECRETS.find(([begin]) => begin.test(uri)) ?? [];
  for (let whole = uri; ; ) {
    try {
      return await open(whole);
    } catch (error) {
      if (!isFileBackendError(error, 'UNAUTHENTICATED') || parameter === undefined) throw error;
      context.note(complaintOf(error).message);
      const question = `${what}; it is kept in ${context.configPath}, which you alone can read`;
      const secret = await interview.askSecret(question).catch(() => {
        context.signal.throwIfAborted();
        throw error;
      });
      whole = `${uri}${uri.includes('?') ? '&' : '?'}${parameter}=${encodeURIComponent(secret)}`;
    }
  }
}
