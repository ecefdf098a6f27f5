import { globSync, readFileSync } from 'node:fs';

/** An index of the documents for language models, in the form of https://llmstxt.org. */
export function llmsIndex(): string {
  const readme = readFileSync('README.md', 'utf8');
  const summary = /^# .*\n+([\s\S]*?)\n\n/m.exec(readme)?.[1]?.replaceAll('\n', ' ') ?? '';
  const section = (title: string, pattern: string): string =>
    [
      `## ${title}`,
      '',
      ...globSync(pattern)
        .sort()
        .map((path) => `- [${headline(path)}](${path})`),
    ].join('\n');
  return `${[
    '# f9',
    `> ${summary}`,
    section('Guides', 'docs/*.md'),
    section('The command', 'docs/command/*.md'),
    section('Packages', 'packages/*/README.md'),
    section('API', 'docs/api/*.md'),
    section('Examples', 'examples/*.ts'),
  ].join('\n\n')}\n`;
}

function headline(path: string): string {
  const text = readFileSync(path, 'utf8');
  return (/^(?:# |\/\/ )(.*)$/m.exec(text)?.[1] ?? path).replace(/\.$/, '');
}
