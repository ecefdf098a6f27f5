/** Bytes of a file that hold its frontmatter; what begins behind them is none. */
export const FRONTMATTER_BYTES: number = 256 * 1024;

/** The tags of a note, as every search index knows them. Their parser is loaded where there is frontmatter. */
export async function tagsOf(text: string): Promise<readonly string[]> {
  if (!beginsNote(text)) return [];
  const { noteAttributes } = await import('@f9/search');
  return noteAttributes(text).tags;
}

/** Whether a text may begin with frontmatter. */
export function beginsNote(text: string): boolean {
  return text.startsWith('---');
}
