import { OpenFolder } from '../../src/files/open-folder.ts';
import { Runner } from '../../src/io/runner.ts';
import { rename, waitFor } from '../../src/io/system-calls.ts';

// Holds the lock of a path as a writer does, says so, and goes on once its input says to: then it stages a file and publishes it.

const [, , root, name] = process.argv;
const runner = await Runner.for('auto', root!);
const options = { stateDirectory: undefined, durability: 'none', hides: undefined, hasProc: true } as const;
const { locks, staging } = await OpenFolder.open(runner, { ...options, path: root! });
const word = new Promise<void>((resolve) => process.stdin.once('data', () => resolve()));
const outcome = await runner
  .runUnqueued(
    staging.within((directory) =>
      locks.hold([`${root}/${name}`], function* () {
        process.stdout.write('held\n');
        yield* waitFor(() => word);
        const staged = yield* staging.stageIn(directory, 0o644);
        yield* rename(staged.path, `${root}/${name}`);
      }),
    ),
  )
  .then(
    () => 'published',
    (error: Error) => error.constructor.name,
  );
process.stdout.write(`${outcome}\n`);
process.exit();
