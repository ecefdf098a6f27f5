import type { ToolAnswer } from './answer.ts';

/** The remark on a text that is a file's own: how to go on where it is not all, and the etag for `ifMatch`. */
export function remarkOn({
  cut,
  etag,
}: {
  /** Why it is not all, and how to go on. */
  readonly cut?: string | undefined;
  readonly etag: string | undefined;
}): Pick<ToolAnswer, 'remark'> {
  const said = [cut, etag === undefined ? undefined : `etag: ${etag}`].filter((part) => part !== undefined);
  return said.length === 0 ? {} : { remark: said.join('; ') };
}
