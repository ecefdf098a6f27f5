/** Extensions that a vector store takes, from the published list. */
const TEXT = [
  'c',
  'cpp',
  'cs',
  'css',
  'go',
  'html',
  'java',
  'js',
  'json',
  'md',
  'php',
  'py',
  'rb',
  'sh',
  'tex',
  'ts',
  'txt',
];
/** Documents that are parsed. `doc` is accepted but fails in processing, since this server cannot read it. */
const DOCUMENTS = ['doc', 'docx', 'pdf', 'pptx'];

const text = new Set(TEXT);
const documents = new Set(DOCUMENTS);

export function extension(filename: string): string {
  const dot = filename.lastIndexOf('.');
  return dot < 0 ? '' : filename.slice(dot + 1).toLowerCase();
}

export function isSupported(filename: string): boolean {
  return isText(filename) || documents.has(extension(filename));
}

export function isText(filename: string): boolean {
  return text.has(extension(filename));
}
