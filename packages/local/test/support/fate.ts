import { fateOf, type Owner } from '../../src/state/process-identity.ts';

// Says what this process can tell of another one.

const owner = JSON.parse(process.argv[2]!) as Omit<Owner, 'machine'>;
const { thisThread } = await import('../../src/state/process-identity.ts');
process.stdout.write(`${fateOf({ ...owner, machine: thisThread().machine })}\n`);
