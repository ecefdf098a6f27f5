import type { BackendDriver } from '../driver/driver.ts';
import { linkState, openDriver } from '../driver/driver-state.ts';
import type { DriverOptions } from '../driver/options.ts';

/** Every member of a driver, so that a layer passes on those it does not change; the type keeps the list whole. */
const MEMBERS = Object.keys({
  name: true,
  capabilities: true,
  open: true,
  stat: true,
  read: true,
  write: true,
  makeDirectory: true,
  remove: true,
  list: true,
  readFile: true,
  append: true,
  copy: true,
  move: true,
  removeTree: true,
  copyTree: true,
  moveTree: true,
  statMany: true,
  writeMany: true,
  removeMany: true,
  checksum: true,
  checksumMany: true,
  glob: true,
  globInfo: true,
  realPath: true,
  capabilitiesAt: true,
  history: true,
  watch: true,
  changesSince: true,
  search: true,
  acquireSession: true,
  commitSession: true,
  sync: true,
  [Symbol.asyncDispose]: true,
} satisfies Record<keyof BackendDriver, true>) as Exclude<keyof BackendDriver, symbol>[];

/** Members of a driver to replace; one that is `undefined` is taken away. */
export type DriverChanges = { readonly [K in keyof BackendDriver]?: BackendDriver[K] | undefined };

/**
 * A driver that does what `inner` does, but for `changes`. Disposing it leaves `inner` open. A layer that changes `write` must also
 * change or take away `append`, `copy`, `move`, `writeMany`, `copyTree` and `moveTree`, which would bypass the change; the same goes
 * for `remove` with `removeTree` and `removeMany`, and for `list` with `glob`, `globInfo` and `watch`.
 */
export function layer(inner: BackendDriver, changes: DriverChanges): BackendDriver {
  const outer = {
    open: ({ signal }: DriverOptions) => openDriver(inner, signal),
    [Symbol.asyncDispose]: async () => undefined,
    ...changes,
  };
  for (const member of MEMBERS) {
    const value: unknown = inner[member];
    if (member in outer || value === undefined) continue;
    // Members that are no functions are read each time: a backend can learn at its opening what it is capable of.
    const forward =
      typeof value === 'function' ? { value: value.bind(inner) } : { get: (): unknown => inner[member] };
    Object.defineProperty(outer, member, { ...forward, enumerable: true });
  }
  linkState(outer as BackendDriver, inner);
  return outer as BackendDriver;
}
