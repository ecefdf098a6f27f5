import { FILES } from './candidates.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** Asks `f9 complete -- WORDS` for candidates, one a line; files come from the shell itself. */
export function completionScript(shell: Shell): string {
  return SCRIPTS[shell];
}

const SCRIPTS: Readonly<Record<Shell, string>> = {
  // To bash a colon ends a word, so the part before it is taken off the candidates.
  bash: `_f9() {
  local line="\${COMP_LINE:0:COMP_POINT}" words word current prefix candidate files=
  read -ra words <<< "$line"
  [[ "$line" == *" " ]] && words+=("")
  word="\${words[\${#words[@]}-1]}"
  current="\${COMP_WORDS[COMP_CWORD]}"
  prefix="\${word%"$current"}"
  [[ "$current" == ":" ]] && prefix="$word"
  COMPREPLY=()
  while IFS= read -r candidate; do
    if [[ "$candidate" == "${FILES}" ]]; then files=1
    elif [[ "$candidate" == "$word"* ]]; then COMPREPLY+=("\${candidate#"$prefix"}")
    fi
  done < <(f9 complete -- "\${words[@]:1}" 2>/dev/null)
  [[ "\${COMPREPLY[0]-}" == *[:/] ]] && compopt -o nospace
  [[ -z "$files" ]] && compopt +o default
}
complete -o default -F _f9 f9
`,
  zsh: `#compdef f9
_f9() {
  local -a candidates
  candidates=("\${(@f)$(f9 complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  compadd -S '' -- \${(M)candidates:#*[:/]}
  compadd -- \${\${candidates:#*[:/]}:#"${FILES}"}
  (( \${candidates[(Ie)${FILES}]} )) && _files
}
compdef _f9 f9
`,
  fish: `function __f9_complete
  for candidate in (f9 complete -- (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)
    if test "$candidate" = "${FILES}"
      __fish_complete_path (commandline -ct)
    else
      echo $candidate
    end
  end
end
complete -c f9 -f -a '(__f9_complete)'
`,
};
