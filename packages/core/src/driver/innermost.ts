import { type BackendPath, isWithin, joinPath } from '../paths/path.ts';
import type { BackendDriver } from './driver.ts';
import { type DriverPart, stateOf } from './driver-state.ts';

/** What views of one vault have in common, and how one of them differs. */
export interface Innermost {
  /** The driver below all layers. */
  readonly driver: BackendDriver;
  /** Where in it the root of the view lies. */
  readonly base: BackendPath;
  /** Layers between the two. */
  readonly layers: number;
  /** Whoever holds several vaults holds them in this order, so that two never wait for each other. */
  readonly rank: number;
  /** Whether the vault, or one that it is made of, is kept in step with a remote, also where the view does not offer that. */
  readonly hasRemote: boolean;
}

/** The vault that a driver is, or is a view of. */
export function innermost(driver: BackendDriver): Innermost {
  const { root, base, layers, hasRemote } = stateOf(driver);
  return { driver: root.driver, base, layers, rank: root.rank, hasRemote };
}

/** Says which vaults a driver is made of, and where in it they lie. */
export function linkParts(driver: BackendDriver, parts: readonly DriverPart[]): void {
  stateOf(driver).parts = parts;
}

/** A part of a vault that is made of no others. */
export type Extent = Pick<Innermost, 'driver' | 'base'>;

/** What a driver, or a view of it, shows of vaults that are made of no others. */
export function extentsOf(driver: BackendDriver, below?: BackendPath): Extent[] {
  const { root, base } = stateOf(driver);
  const shown = joinPath(base, below ?? '');
  if (root.parts.length === 0) return [{ driver: root.driver, base: shown }];
  return root.parts.flatMap(({ point, driver: part }) => {
    if (isWithin(point, shown)) return extentsOf(part);
    if (!isWithin(shown, point)) return [];
    return extentsOf(part, shown.slice(point === '' ? 0 : point.length + 1) as BackendPath);
  });
}
