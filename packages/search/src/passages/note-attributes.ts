import { parse } from 'yaml';

/** The attributes that a note gives at its start. */
export interface NoteAttributes {
  /** The title, or else the first heading. */
  readonly title: string | undefined;
  /** The tags, without a leading `#`. */
  readonly tags: readonly string[];
}

const FRONTMATTER = /^\ufeff?---[ \t]*\r?\n([\s\S]*?)\r?\n---[ \t]*(?:\r?\n|$)/;
/** Most bytes of frontmatter that are looked at. */
const LONGEST_FRONTMATTER = 64 * 1024;

/**
 * Title and tags of a note, from its frontmatter; without one, the title is the first heading. Frontmatter that is no YAML gives
 * nothing.
 */
export function noteAttributes(text: string): NoteAttributes {
  const { title, tags } = frontmatterOf(text);
  const heading = /^ {0,3}#[ \t]+(.+?)[ \t]*#*[ \t]*$/m.exec(text.slice(0, 4096))?.[1];
  return { title: typeof title === 'string' && title !== '' ? title : heading, tags: tagsOf(tags) };
}

function frontmatterOf(text: string): Record<string, unknown> {
  const yaml = FRONTMATTER.exec(text.slice(0, LONGEST_FRONTMATTER))?.[1];
  if (yaml === undefined) return {};
  try {
    const data: unknown = parse(yaml);
    return typeof data === 'object' && data !== null ? (data as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** Tags from a list, or from one text with commas or spaces between; a leading `#` is not part of a tag. */
function tagsOf(tags: unknown): string[] {
  const list = typeof tags === 'string' ? tags.split(/[,\s]+/) : Array.isArray(tags) ? tags : [];
  return (
    list
      .filter((tag) => typeof tag === 'string' || typeof tag === 'number')
      .map((tag) => String(tag).trim().replace(/^#/, ''))
      // An escape in YAML can make characters that no text of an index may hold.
      .filter((tag) => tag !== '' && tag.isWellFormed() && !tag.includes('\0'))
  );
}
