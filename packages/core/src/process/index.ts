/**
 * For who writes a vault that several processes of a machine share: telling whether the process that holds something still runs. It asks
 * Node for files and processes, which the other doors do without.
 */

export type { ProcessIdentity } from './process-identity.ts';
export { hasEnded, ownIdentity, ownName } from './process-identity.ts';
