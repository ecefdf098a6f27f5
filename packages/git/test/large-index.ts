const DIRECTORY = Array.from({ length: 8 }, () => 'd'.repeat(240)).join('/');

/** Files of names so long that the index of a few is as large as that of ten thousand. */
export const LARGE_INDEX: Readonly<Record<string, string>> = Object.fromEntries(
  Array.from({ length: 560 }, (_, index) => [`${DIRECTORY}/${index}`, `text ${index}`]),
);
