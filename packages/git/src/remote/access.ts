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
  /** As git takes it, with the user where ssh needs one. */
  readonly url: string;
  readonly #address: RemoteAddress;
  readonly #credentials: Credentials;
  readonly #timeout: number;
  readonly #helper: CredentialHelper | undefined;

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
  }

  async call(
    git: GitProcess,
    args: readonly string[],
    { signal, config = [] }: Pick<GitRunOptions, 'signal' | 'config'>,
  ): Promise<Buffer> {
    const login = authentication(this.#address, await this.#logIn(signal), this.#timeout);
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
      if (error instanceof GitExit && isRefusedLogin(error)) await this.#helper?.reject();
      throw error;
    }
  }

  /** @throws `UNAUTHENTICATED` where git's helpers were to answer, and none did */
  async #logIn(signal: AbortSignal | undefined): Promise<Credentials> {
    const answer = await this.#helper?.fill(signal);
    if (this.#helper !== undefined && answer === undefined && !isToken(this.#address, this.#credentials)) {
      throw backendError(
        'UNAUTHENTICATED',
        `git's credential helpers know no login for ${this.place}: sign in with git once (or gh auth setup-git), or give a password`,
      );
    }
    return { ...this.#credentials, ...answer };
  }
}
