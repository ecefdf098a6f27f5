import { inject } from 'vitest';
import { Cluster } from './cluster.ts';

const place = inject('postgres');

/** The server of this run, which all test files have; `undefined` where there is none. Vaults, roles and databases have names of their own. */
export const cluster: Cluster | undefined = place && Cluster.at(place);
