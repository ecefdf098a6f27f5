import type { FileBackend } from '@f9/core';
import {
  type BackendPath,
  backendError,
  compareTreeOrder,
  isWithin,
  joinPath,
  normalizePath,
  parentPath,
  ROOT,
} from '@f9/core/driver';

/** A vault and the path of its root in the tree. */
export interface Mount {
  readonly point: BackendPath;
  readonly vault: FileBackend;
}

/** A path of the tree, as its vault knows it. */
export interface Located {
  readonly mount: Mount;
  readonly path: BackendPath;
}

/** Finds the vault around a path of the tree: that of the longest mount point above it. */
export class MountTable {
  /** Mounts in tree order. */
  readonly mounts: readonly Mount[];
  /** Mount points and the directories that lead to them, in tree order. They always exist, whatever the vaults hold. */
  readonly #fixed: ReadonlySet<BackendPath>;

  /** @throws `INVALID_ARGUMENT`, `INVALID_PATH`, `PATH_OUTSIDE_ROOT` */
  constructor(vaults: Readonly<Record<string, FileBackend>>) {
    const mounts = Object.entries(vaults ?? {}).map(([point, vault]) => ({
      point: normalizePath(point),
      vault,
    }));
    if (mounts.length === 0) throw backendError('INVALID_ARGUMENT', 'Nothing is given to mount');
    for (const [i, { point, vault }] of mounts.entries()) {
      if (vault?.driver === undefined) {
        throw backendError(
          'INVALID_ARGUMENT',
          `What is mounted at ${JSON.stringify(point)} is not a backend`,
        );
      }
      if (mounts.findIndex((other) => other.point === point) !== i) {
        throw backendError('INVALID_ARGUMENT', `Two vaults are mounted at ${JSON.stringify(point)}`);
      }
    }
    this.mounts = mounts.sort((a, b) => compareTreeOrder(a.point, b.point));
    const fixed = new Set<BackendPath>([ROOT]);
    for (const { point } of mounts) {
      for (let path = point; path !== ROOT; path = parentPath(path)) fixed.add(path);
    }
    this.#fixed = new Set([...fixed].sort(compareTreeOrder));
  }

  /** The vault and path for a path of the tree; `undefined` where nothing is mounted. */
  locate(path: BackendPath): Located | undefined {
    const mount = this.mounts.findLast(({ point }) => isWithin(path, point));
    return (
      mount && {
        mount,
        path: (mount.point === ROOT ? path : path.slice(mount.point.length + 1)) as BackendPath,
      }
    );
  }

  /** The vault around a path, and those that are mounted below it. */
  partsAt(path: BackendPath): Located[] {
    const around = this.locate(path);
    const below = this.mounts
      .filter(({ point }) => point !== around?.mount.point && isWithin(point, path))
      .map((mount) => ({ mount, path: ROOT }));
    return around === undefined ? below : [around, ...below];
  }

  /** Whether the path is a mount point or leads to one: a directory that no operation removes or replaces. */
  isFixed(path: BackendPath): boolean {
    return this.#fixed.has(path);
  }

  /** The fixed directories below a directory, in tree order, without those that lie in another vault mounted below it. */
  fixedBelow(directory: BackendPath): BackendPath[] {
    const below = [...this.#fixed].filter((path) => path !== directory && isWithin(path, directory));
    const points = this.mounts.map(({ point }) => point).filter((point) => below.includes(point));
    return below.filter((path) => !points.some((point) => point !== path && isWithin(path, point)));
  }

  /** Whether a path that a vault listed can be reached through the tree, not covered by a mount point. */
  isVisible(path: BackendPath, mount: Mount): boolean {
    return !this.#fixed.has(path) && this.locate(path)?.mount === mount;
  }
}

/** The path for the vault's rich interface, with a slash in front, so that the root has a name too. */
export function inVault({ path }: Located): string {
  return `/${path}`;
}

/** A vault's path as a path of the tree. */
export function inTree({ point }: Mount, path: string): BackendPath {
  return joinPath(point, path as BackendPath);
}
