import { type BackendPath, isWithin, joinPath, ROOT } from '../paths/path.ts';
import type { BackendDriver } from './driver.ts';
import { type DriverPart, stateOf } from './driver-state.ts';

/** The vault below a view, and the view's place in it. */
export interface Innermost {
  /** The driver below all layers. */
  readonly driver: BackendDriver;
  /** The path in it that is the root of the view. */
  readonly base: BackendPath;
  /** Layers between the two. */
  readonly layers: number;
  /** Its rank in the one order in which several vaults are held, so that two holders never wait for each other. */
  readonly rank: number;
  /** Whether the vault, or one that it is made of, is kept in step with a remote, even where the view does not offer that. */
  readonly hasRemote: boolean;
}

/** The vault that a driver is, or is a view of. */
export function innermost(driver: BackendDriver): Innermost {
  const { root, base, layers, hasRemote } = stateOf(driver);
  return { driver: root.driver, base, layers, rank: root.rank, hasRemote };
}

/** Declares the vaults that a driver is made of, and their places in it. */
export function linkParts(driver: BackendDriver, parts: readonly DriverPart[]): void {
  stateOf(driver).parts = parts;
}

/**
 * Declares the folder of this host that holds the files of a driver, so that two vaults of which one lies in the other are
 * recognised. It is never shown.
 *
 * @param place an absolute path without its first slash, symlinks followed, `/` between names: `srv/notes`
 */
export function linkPlace(driver: BackendDriver, place: string): void {
  stateOf(driver).place = place;
}

/** A part of a vault that is not made of others. */
export interface Extent extends Pick<Innermost, 'driver' | 'base'> {
  /** The folder of this host that it lies in, if that is known and the driver is open. */
  readonly place: string | undefined;
  /** Where the whole shows it. */
  readonly at: BackendPath;
}

/** The vaults that a driver or a view of it is made of in the end, as far as it shows them. */
export function extentsOf(
  driver: BackendDriver,
  below: BackendPath = ROOT,
  at: BackendPath = ROOT,
): Extent[] {
  const { root, base } = stateOf(driver);
  const shown = joinPath(base, below);
  if (root.parts.length === 0) {
    const place = root.place === undefined ? undefined : joinPath(root.place as BackendPath, shown);
    return [{ driver: root.driver, base: shown, place, at }];
  }
  return root.parts.flatMap(({ point, driver: part }) => {
    if (isWithin(point, shown)) return extentsOf(part, ROOT, joinPath(at, pathBelow(shown, point)));
    return isWithin(shown, point) ? extentsOf(part, pathBelow(point, shown), at) : [];
  });
}

/** `path` as it is called below `directory`, in which it lies. */
export function pathBelow(directory: string, path: string): BackendPath {
  return path.slice(directory === '' ? 0 : directory.length + 1) as BackendPath;
}
