import type { MirrorPhase, MirrorProgress } from './options.ts';

/** Taken at load: a sandbox may take globals away later. */
const { performance } = globalThis;

/** Counts what a mirror does and tells whoever wants to know. */
export class ProgressCounter {
  readonly #report: ((progress: MirrorProgress) => void) | undefined;
  #phase: MirrorPhase = 'listing';
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

  start(phase: MirrorPhase, total: number): void {
    this.#phase = phase;
    this.#done = 0;
    this.#total = total;
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
    const seconds = this.#startedAt === undefined ? 0 : (performance.now() - this.#startedAt) / 1000;
    this.#report?.({
      phase: this.#phase,
      ...(path === undefined ? {} : { path }),
      done: this.#done,
      total: this.#total,
      bytes: this.#bytes,
      bytesPerSecond: seconds === 0 ? 0 : Math.round(this.#bytes / seconds),
    });
  }
}
