import { proveProcesses } from '../faults/processes.ts';
import { proveSessions } from '../faults/sessions.ts';
import { testFault } from './support/short-form.ts';

const everywhere = (): undefined => undefined;

testFault(
  'of several processes one creates a file, all replace it whole, and every append lands',
  everywhere,
  (workplace, report) =>
    proveProcesses(workplace, report, { processes: [3], creations: 20, milliseconds: 400 }),
);

testFault(
  'no two processes hold the session, whoever is killed or stalls, and a dead holder makes room',
  everywhere,
  (workplace, report) =>
    proveSessions(workplace, report, { processes: 4, seconds: 2, stall: 200, killEvery: 200 }),
);
