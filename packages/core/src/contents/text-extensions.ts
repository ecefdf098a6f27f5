const EXTENSIONS = new Set(
  (
    'adoc asciidoc bash bat bib c cc cfg cjs clj cmake cmd conf cpp cs css csv cts cxx diff env erl ex exs fish fs go gql gradle graphql ' +
    'h hpp hrl hs htm html ics ini ipynb java jl js json json5 jsonc jsonl jsx kt less lisp log lua m4 mak markdown md mdx mjs mk ml mts ' +
    'ndjson nim org pas patch php pl pm po properties proto ps1 py pyi r rb rs rst rtf sass scala scm scss sh sql srt svelte svg swift ' +
    'tcl tex tf toml ts tsv tsx txt vb vcf vim vtt vue xhtml xml xsl yaml yml zig zsh'
  ).split(' '),
);

const NAMES = new Set(
  'changelog contributing copying dockerfile gemfile license makefile notice rakefile readme'.split(' '),
);

/** Whether a name is, by convention, that of a text file. */
export function hasTextExtension(name: string): boolean {
  const dot = name.lastIndexOf('.');
  const lower = name.toLowerCase();
  if (dot === 0) return true; // .gitignore, .editorconfig, .env
  return dot < 0 ? NAMES.has(lower) : EXTENSIONS.has(lower.slice(dot + 1));
}
