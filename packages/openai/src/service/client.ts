import process from 'node:process';
import { backendError } from '@f9/core/driver';
import OpenAI from 'openai';

/** The way to reach the service. */
export interface ClientOptions {
  /** Default: the environment's `OPENAI_API_KEY`. */
  readonly apiKey?: string;
  /** Default: the environment's `OPENAI_BASE_URL`, else OpenAI itself. */
  readonly baseURL?: string;
  /** A client of the official SDK instead, for Azure, proxies and compatible servers. */
  readonly client?: OpenAI;
}

/** Names of `ClientOptions`. */
export const CLIENT_OPTIONS: readonly (keyof ClientOptions)[] = ['apiKey', 'baseURL', 'client'];

/** @throws `UNAUTHENTICATED` where there is no key */
export function clientOf({ client, apiKey, baseURL }: ClientOptions): OpenAI {
  if (client !== undefined) return client;
  const key = apiKey ?? process.env.OPENAI_API_KEY;
  if (key === undefined || key.trim() === '') {
    throw backendError('UNAUTHENTICATED', 'There is no key for OpenAI: give apiKey, or set OPENAI_API_KEY');
  }
  return new OpenAI({ apiKey: key, ...(baseURL === undefined ? {} : { baseURL }) });
}
