import type { MirrorPhase, MirrorProgress } from './options.ts';

/** Taken at load: a sandbox may take globals away later. */
const { performance } = globalThis;

/** A file of a phase, and why it is changed, if it is. */
interface PhaseFile {
  readonly path: string;
  readonly reason?: string;
}

/** Counts what a mirror does and tells whoever wants to know. */
export class ProgressCounter {
  readonly #report: ((progress: MirrorProgress) => void) | undefined;
  #phase: MirrorPhase = 'listing';
  #reasons: ReadonlyMap<string, string | undefined> = new Map();
  #done = 0;
  #total = 0;
  #bytes = 0;
  #startedAt: number | undefined;

  constructor(report: ((progress: MirrorProgress) => void) | undefined) {
    this.#report = report;
  }

  get bytes(): number {
    return this.#bytes;
  }

  start(phase: MirrorPhase, files: readonly PhaseFile[] = []): void {
    this.#phase = phase;
    this.#reasons = new Map(
      this.#report === undefined ? [] : files.map(({ path, reason }) => [path, reason]),
    );
    this.#done = 0;
    this.#total = files.length;
    if (phase === 'copying') this.#startedAt ??= performance.now();
    this.#tell();
  }

  finish(path: string): void {
    this.#done++;
    this.#tell(path);
  }

  copied(bytes: number): void {
    this.#bytes += bytes;
    this.#tell();
  }

  #tell(path?: string): void {
    const reason = path === undefined ? undefined : this.#reasons.get(path);
    const seconds = this.#startedAt === undefined ? 0 : (performance.now() - this.#startedAt) / 1000;
    this.#report?.({
      phase: this.#phase,
      ...(path === undefined ? {} : { path }),
      ...(reason === undefined ? {} : { reason }),
      done: this.#done,
      total: this.#total,
      bytes: this.#bytes,
      bytesPerSecond: seconds === 0 ? 0 : Math.round(this.#bytes / seconds),
    });
  }
}
