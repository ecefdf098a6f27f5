export type { Fault, FaultKind, FaultName, FaultTrigger, InjectedFault } from './faults.ts';
export { FAULTS } from './faults.ts';
export type { Limits } from './limits.ts';
export type { RequestRecord } from './request-log.ts';
export type { Route } from './routes.ts';
export type { OpenAIServer, ServerOptions } from './server.ts';
export { startServer } from './server.ts';
export type { Snapshot } from './snapshot.ts';
export type { Unkindness } from './unkindness.ts';
