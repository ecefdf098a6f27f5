import type { FileBackend } from '@f9/core';
import type { BackendPlugin, UriParameters } from '@f9/core/driver';
import {
  BackendFactory,
  type CreateBackend,
  type RegisterOptions,
  type RegisterPluginOptions,
  type ResolveOptions,
} from './backend-factory.ts';
import type { BackendUri } from './uri/backend-uri.ts';

/** The factory of the functions below, shared by the whole process. */
export const defaultFactory: BackendFactory = new BackendFactory();

/** Makes the backend that a URI names; see `BackendFactory.resolve`. */
export async function resolveBackend(uri: string, options?: ResolveOptions): Promise<FileBackend> {
  return await defaultFactory.resolve(uri, options);
}

/** Takes a URI apart, secrets left out; see `BackendFactory.parseUri`. */
export async function parseUri(uri: string): Promise<BackendUri> {
  return await defaultFactory.parseUri(uri);
}

/** Registers a function for one scheme; see `BackendFactory.register`. */
export function registerBackendFactory<const P extends UriParameters = Readonly<Record<never, never>>>(
  scheme: string,
  create: CreateBackend<P>,
  options?: RegisterOptions<P>,
): void {
  defaultFactory.register(scheme, create, options);
}

/** Registers a plugin, or a package that exports one; see `BackendFactory.registerPlugin`. */
export function registerPlugin(plugin: BackendPlugin | string, options?: RegisterPluginOptions): void {
  defaultFactory.registerPlugin(plugin, options);
}
