import type { Command } from 'commander';
import type { Invoke } from '../run.ts';
export function addDoctor(program: Command, invoke: Invoke): void {
  program.command('doctor').action(invoke('doctor', async () => 0));
}
