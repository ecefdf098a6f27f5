/** What people copy from their git host, as a URI of f9; anything else as it is. */
export function uriOfGitAddress(text: string): string {
  if (/^(?:https?|ssh):\/\//i.test(text)) return `git+${text}`;
  // As scp writes it: git@host:owner/repo.git
  const [, user, host, path] = /^([^@/\s]+)@([^:/\s]+):(?!\/\/)(.+)$/.exec(text) ?? [];
  return host === undefined ? text : `git+ssh://${user}@${host}/${path}`;
}
