export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** Asks `f9 complete -- WORDS` for candidates, one a line; files come from the shell itself. */
export function completionScript(shell: Shell): string {
  return SCRIPTS[shell];
}

// Names of vaults end in a colon, which bash takes for the end of a word: it is taken away again as bash-completion does it.
const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `_f9() {
  local line="\${COMP_LINE:0:COMP_POINT}" words word prefix candidate
  read -ra words <<< "$line"
  [[ "$line" == *" " ]] && words+=("")
  word="\${words[\${#words[@]}-1]}"
  prefix="\${word%"\${COMP_WORDS[COMP_CWORD]}"}"
  [[ "\${COMP_WORDS[COMP_CWORD]}" == ":" ]] && prefix="$word"
  COMPREPLY=()
  while IFS= read -r candidate; do
    [[ "$candidate" == "$word"* ]] && COMPREPLY+=("\${candidate#"$prefix"}")
  done < <(f9 complete -- "\${words[@]:1}" 2>/dev/null)
  [[ "\${COMPREPLY[0]-}" == *: ]] && compopt -o nospace
}
complete -o default -F _f9 f9
`,
  zsh: `#compdef f9
_f9() {
  local -a candidates
  candidates=("\${(@f)$(f9 complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  compadd -S '' -- \${(M)candidates:#*:}
  compadd -- \${candidates:#*:}
  _files
}
compdef _f9 f9
`,
  fish: `complete -c f9 -a '(f9 complete -- (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)'
`,
};
