import { constants } from 'node:fs';
import { nodeError } from '../errors/node-error.ts';

/** The meaning of a flag of `open`. */
export interface OpenFlags {
  readonly read: boolean;
  readonly write: boolean;
  /** Every write goes to the end. */
  readonly append: boolean;
  /** Make the file where there is none. */
  readonly create: boolean;
  /** Fail where there is one. */
  readonly exclusive: boolean;
  /** Begin with an empty file. */
  readonly truncate: boolean;
}

const { O_APPEND, O_CREAT, O_EXCL, O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY } = constants;

const NAMED: Readonly<Record<string, number>> = {
  r: O_RDONLY,
  'r+': O_RDWR,
  w: O_WRONLY | O_CREAT | O_TRUNC,
  'w+': O_RDWR | O_CREAT | O_TRUNC,
  a: O_WRONLY | O_CREAT | O_APPEND,
  'a+': O_RDWR | O_CREAT | O_APPEND,
};

/** Reads a flag in Node's spelling: a name, in which `s` has no effect here and `x` is exclusive, or a number. */
export function parseFlags(flags: string | number): OpenFlags {
  const bits = typeof flags === 'number' ? flags : parseName(flags);
  const isWrite = (bits & (O_WRONLY | O_RDWR)) !== 0;
  return {
    read: (bits & O_WRONLY) === 0,
    write: isWrite,
    append: (bits & O_APPEND) !== 0,
    create: (bits & O_CREAT) !== 0,
    exclusive: (bits & O_EXCL) !== 0,
    truncate: isWrite && (bits & O_TRUNC) !== 0,
  };
}

function parseName(name: string): number {
  const bits = NAMED[name.replace(/[sx]/g, '')];
  const isSpelled = /^(?:r|rs|sr|w|wx|xw|a|ax|xa|as|sa)\+?$/.test(name);
  if (bits === undefined || !isSpelled) {
    throw nodeError('ERR_INVALID_ARG_VALUE', `The argument 'flags' is invalid. Received '${name}'`);
  }
  return name.includes('x') ? bits | O_EXCL : bits;
}
