import { findSection } from './find-section.ts';
import { frontmatter, withFrontmatter } from './frontmatter.ts';
import { links } from './links.ts';
import { withSection } from './patch-section.ts';
import { sections } from './sections.ts';

/** What takes a note apart, by name. */
export interface NoteTasks {
  /** All sections of a note. */
  readonly sections: typeof sections;
  /** The one section that a target names. */
  readonly findSection: typeof findSection;
  /** The data at the start. */
  readonly frontmatter: typeof frontmatter;
  /** All links. */
  readonly links: typeof links;
  /** The text with one section changed. */
  readonly withSection: typeof withSection;
  /** The text with keys of its frontmatter set. */
  readonly withFrontmatter: typeof withFrontmatter;
}

const TASKS: NoteTasks = {
  sections,
  findSection,
  frontmatter,
  links,
  withSection,
  withFrontmatter,
};

export function runTask<Task extends keyof NoteTasks>(
  task: Task,
  args: Parameters<NoteTasks[Task]>,
): ReturnType<NoteTasks[Task]> {
  const work: (...given: never) => unknown = TASKS[task];
  return work(...(args as never)) as ReturnType<NoteTasks[Task]>;
}
