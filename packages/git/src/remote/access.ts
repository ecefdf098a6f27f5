import { backendError } from '@f9/core/driver';
import type { Remote } from '../clone/clone.ts';
import { GitExit, isRefusedLogin } from '../errors.ts';
import type { GitProcess, GitRunOptions } from '../process/git-process.ts';
import type { RemoteAddress } from './address.ts';
import { REMOTE } from './call.ts';
import { CredentialHelper } from './credential-helper.ts';
import { addressWithUser, authentication, type Credentials, isToken } from './credentials.ts';

/** The way to a remote: where it is, how to log in, how long it may be silent. */
export class RemoteAccess implements Remote {
  readonly place: string;
  /** The address in the form that git takes, with the user where ssh needs one. */
  readonly url: string;
  readonly #address: RemoteAddress;
  readonly #credentials: Credentials;
  readonly #timeout: number;
  readonly #helper: CredentialHelper | undefined;
  /** Whether a login is needed: the remote has asked for one, or a user is named. */
  #isLoginWanted: boolean;

  /** @param timeout milliseconds */
  constructor(address: RemoteAddress, credentials: Credentials, timeout: number) {
    this.place = address.place;
    this.url = addressWithUser(address, credentials);
    this.#address = address;
    this.#credentials = credentials;
    this.#timeout = timeout;
    const isAsked = credentials.source === 'git' && credentials.password === undefined;
    this.#helper =
      isAsked && /^https?$/.test(address.protocol) && address.password === undefined
        ? new CredentialHelper(address, credentials.username)
        : undefined;
    this.#isLoginWanted = isToken(address, credentials);
  }

  async call(
    git: GitProcess,
    args: readonly string[],
    options: Pick<GitRunOptions, 'signal' | 'config'>,
  ): Promise<Buffer> {
    const { signal, config = [] } = options;
    // As git does: no password is asked for before the remote wants one, since many repositories are public.
    const isAnonymous = !this.#isLoginWanted;
    const answer = isAnonymous ? undefined : await this.#helper?.fill(signal);
    const login = authentication(this.#address, { ...this.#credentials, ...answer }, this.#timeout);
    try {
      const output = await git.run(args, {
        ...login,
        signal,
        silence: this.#timeout,
        config: [...(login.config ?? []), [`remote.${REMOTE}.url`, this.url], ...config],
      });
      await this.#helper?.approve();
      return output;
    } catch (error) {
      if (this.#helper === undefined || !(error instanceof GitExit) || !isRefusedLogin(error)) throw error;
      if (isAnonymous) {
        this.#isLoginWanted = true;
        return await this.call(git, args, options);
      }
      await this.#helper.reject();
      if (answer !== undefined || isToken(this.#address, this.#credentials)) throw error;
      throw backendError(
        'UNAUTHENTICATED',
        `${this.place} wants a login, and git's credential helpers know none: sign in with git once (or gh auth setup-git), or give a password`,
      );
    }
  }
}
