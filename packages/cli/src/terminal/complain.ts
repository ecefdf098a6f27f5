import { colorsFor } from './colors.ts';
import { type Complaint, complaintOf } from './errors.ts';
import type { Io } from './io.ts';
import { visibleLine } from './text.ts';

export interface ComplainOptions {
  readonly verb?: string | undefined;
  /** The arguments in question, in a form that may be shown. */
  readonly about?: string | undefined;
  readonly json: boolean;
}

/** Reports an error on standard error: in one line, or with `--json` as one JSON document. */
export function complain(io: Io, error: unknown, { verb, about, json }: ComplainOptions): Complaint {
  const complaint = complaintOf(error, verb);
  if (json) {
    const { exitCode, ...rest } = complaint;
    io.stderr.write(`${JSON.stringify({ error: rest, verb, location: about, exitCode })}\n`);
    return complaint;
  }
  const colors = colorsFor(io.stderr, io.env);
  const what = [
    verb === undefined ? 'f9' : `f9 ${verb}`,
    ...(about === undefined ? [] : [visibleLine(about), 'failed']),
  ].join(' ');
  const stored = complaint.stored ? '; the change is kept here and goes out with the next push' : '';
  io.stderr.write(
    `${colors.red(`${what}:`)} ${complaint.message}${stored} ${colors.dim(`(${complaint.code})`)}\n`,
  );
  return complaint;
}
