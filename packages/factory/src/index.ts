export type {
  BackendFactoryOptions,
  CreateBackend,
  RegisterOptions,
  RegisterPluginOptions,
  ResolveOptions,
} from './backend-factory.ts';
export { BackendFactory } from './backend-factory.ts';
export type { BackendUri } from './backend-uri.ts';
export type { Credentials, CredentialsProvider, CredentialsRequest } from './credentials.ts';
export {
  defaultFactory,
  parseUri,
  registerBackendFactory,
  registerPlugin,
  resolveBackend,
} from './default-factory.ts';
export { formatUri } from './format-uri.ts';
