/** The place of a passage among the headings of its document. */
interface Place {
  /** The passage whose headings it stands under; `null` where there are none. */
  readonly section: number | null;
  /** Headings that begin with it, in lines; `null` where none does. */
  readonly begun: string | null;
}

/** The headings of a document, each to be kept once, with the first passage below it. */
export class Sections {
  #open: { readonly heading: string; readonly passage: number }[] = [];

  /** The place of the next passage. @param headings outermost first */
  place(passage: number, headings: readonly string[]): Place {
    const differing = headings.findIndex((heading, at) => heading !== this.#open[at]?.heading);
    const common = differing === -1 ? headings.length : differing;
    this.#open = this.#open.slice(0, common);
    const section = this.#open.at(-1)?.passage ?? null;
    const begun = headings.slice(common);
    for (const heading of begun) this.#open.push({ heading, passage });
    return { section, begun: begun.length === 0 ? null : begun.join('\n') };
  }
}
