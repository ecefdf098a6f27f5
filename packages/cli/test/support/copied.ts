import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Workplace } from './command.ts';

/** By name: a folder that holds what was made, and where it was made. */
const made = new Map<string, Promise<readonly [string, string]>>();

/**
 * A workplace like the one that `make` makes, which takes long: it is made once, and copied for each that asks.
 *
 * @param naming files in it that name the folder in which they are
 */
export async function copied(
  name: string,
  naming: readonly string[],
  make: () => Promise<Workplace>,
): Promise<Workplace> {
  const one = made.get(name) ?? makeOnce(name, make);
  made.set(name, one);
  const [folder, from] = await one;
  const place = await Workplace.create();
  await cp(folder, place.path, { recursive: true, preserveTimestamps: true });
  for (const file of naming) {
    const text = (await readFile(place.at(file), 'utf8'))
      .replaceAll(from, place.path)
      .replaceAll(encodeURIComponent(from), encodeURIComponent(place.path));
    await writeFile(place.at(file), text);
  }
  return place;
}

async function makeOnce(name: string, make: () => Promise<Workplace>): Promise<readonly [string, string]> {
  await using place = await make();
  const folder = join(process.env.F9_CLI_MADE!, String(process.pid), name);
  await mkdir(folder, { recursive: true });
  await cp(place.path, folder, { recursive: true, preserveTimestamps: true });
  return [folder, place.path];
}
