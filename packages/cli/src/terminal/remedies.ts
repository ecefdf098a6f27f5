/** A piece of the library's advice, and the command line's words for it. One with a verb applies to that verb alone. */
interface Remedy {
  readonly advice: string | RegExp;
  readonly says: string;
  readonly verb?: string;
}

/** The first that matches counts, so longer ones come first. */
const REMEDIES: readonly Remedy[] = [
  // Options of operations.
  {
    advice: 'replace it with overwrite: true',
    verb: 'mkdir',
    says: 'with --force a directory is left as it is',
  },
  { advice: 'ifMatch needs overwrite: true', says: '--if-match needs --force' },
  { advice: 'overwrite: true', says: '--force' },
  { advice: 'recursive: true', says: '--recursive' },
  { advice: 'read it as bytes (binary: true)', says: 'f9 cat prints its bytes as they are' },
  { advice: 'use streamRead', says: 'f9 cat prints it piece by piece' },
  { advice: 'that ifMatch names', says: 'that --if-match names' },
  { advice: 'give an etag (list gives them with etags: true)', says: 'give the etag that f9 info shows' },
  { advice: 'ifMatch', says: '--if-match' },
  { advice: "prune: 'even-if-empty'", says: '--prune-even-if-empty' },
  { advice: 'maxDelete', says: '--max-delete' },
  { advice: 'replace: true', says: 'another name' },
  // Conflicts and history.
  {
    advice:
      'conflictReport() shows how, conflictAcceptLocal(), conflictAcceptRemote(), conflictKeepBoth() and conflictResolve() settle it',
    says: 'f9 conflicts shows how and settles it',
  },
  { advice: 'conflictReport() shows how, ', says: 'f9 conflicts shows how, ' },
  {
    advice:
      'conflictAcceptLocal(), conflictAcceptRemote(), conflictKeepBoth() and conflictResolve() settle it',
    says: 'and settles it',
  },
  { advice: 'conflictReport() lists', says: 'f9 conflicts lists' },
  { advice: 'history() names', says: 'f9 log names' },
  { advice: 'abandonLocalChanges()', says: 'f9 pull --take-remote' },
  // How to sign in, and where to.
  {
    advice: 'or make it (ensureBucket, f9 vaults add --create)',
    says: 'or make it: f9 vaults add NAME URI --create',
  },
  {
    advice: 'or open it with conditionalWrites: false (conditional_writes=false in a URI)',
    says: 'or open it with conditional_writes=false in its URI',
  },
  {
    advice: 'check accessKeyId, secretAccessKey and the endpoint that they belong to',
    says: 'check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and the endpoint that they belong to',
  },
  { advice: 'give new ones, or a credentials function that can', says: 'set new ones' },
  {
    advice: 'give accessKeyId and secretAccessKey, set AWS_ACCESS_KEY_ID',
    says: 'set AWS_ACCESS_KEY_ID',
  },
  { advice: 'conditionalWrites must be', says: 'conditional_writes must be' },
  {
    advice: 'accessKeyId and secretAccessKey belong together',
    says: 'access_key_id and secret_access_key belong together',
  },
  {
    advice: 'either accessKeyId and secretAccessKey or credentials',
    says: 'either access_key_id and secret_access_key or neither',
  },
  {
    advice: 'check username and password, or sshKeyPath',
    says: 'check F9_GIT_PASSWORD (a password or a token) and the user name in the URI, or its parameter ssh_key',
  },
  {
    advice:
      "check username and password (or F9_GIT_PASSWORD), sshKeyPath, or let git's own helpers answer (credentials: 'git')",
    says: "check F9_GIT_PASSWORD (a password or a token) and the user name in the URI, its parameter ssh_key, or sign in with git once (git's own credential helpers are asked)",
  },
  {
    advice: 'sign in with git once (or gh auth setup-git), or give a password',
    says: 'sign in with git once (or gh auth setup-git), or set F9_GIT_PASSWORD to a password or a token',
  },
  {
    advice: 'give the right file as knownHosts, or acceptNewHostKey',
    says: 'connect once with ssh and compare the fingerprint, or name the right file in the URI: ?known_hosts=FILE',
  },
  { advice: 'the file at sshKeyPath', says: 'the file that ssh_key names' },
  { advice: 'give the address itself as remoteUrl', says: 'put the address itself into the URI' },
  { advice: 'check remoteUrl', says: 'check the URI' },
  { advice: 'remoteUrl', says: 'the address of the URI' },
  { advice: 'set allowInsecure', says: 'say ?allow_insecure=true in the URI' },
  { advice: 'give apiKey, or set OPENAI_API_KEY', says: 'set OPENAI_API_KEY' },
  { advice: 'check apiKey or OPENAI_API_KEY', says: 'check OPENAI_API_KEY' },
  { advice: 'baseURL', says: 'OPENAI_BASE_URL' },
  { advice: 'vectorStoreId must be', says: 'what follows openai+vector:// must be' },
  {
    advice: 'ensureVectorStore makes one',
    says: "f9 vaults add NAME openai+vector: --create 'TITLE' makes one",
  },
  {
    advice: 'make one (ensureVectorStore)',
    says: "make one: f9 vaults add NAME openai+vector: --create 'TITLE'",
  },
  { advice: '(createVectorStore)', says: "(f9 vaults add NAME openai+vector: --create 'TITLE')" },
  { advice: 'check vectorStoreId', says: 'check the id in the URI' },
  {
    advice: 'check accessKeyId, secretAccessKey and the endpoint',
    says: 'check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and the endpoint',
  },
  {
    advice: 'make it (ensureBucket, f9 vaults add --create)',
    says: 'make it: f9 vaults add NAME URI --create',
  },
  {
    advice: 'open it with conditionalWrites: false (conditional_writes=false in a URI)',
    says: 'say conditional_writes=false in the URI',
  },
  { advice: 'conditionalWrites must', says: 'conditional_writes must' },
  { advice: 'give accessKeyId and secretAccessKey, set AWS_ACCESS_KEY_ID', says: 'set AWS_ACCESS_KEY_ID' },
  {
    advice: /accessKeyId and secretAccessKey/,
    says: 'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
  },
  // The client of OpenAI has no such parameter.
  {
    advice: 'no whole answer came in time; try again, or allow more time (timeout)',
    says: 'no whole answer came in time; try again',
  },
  { advice: /(allow more time|give it longer) \(timeout\)/, says: '$1 (timeout in the URI)' },
  { advice: 'wait longer (timeout) or end that session', says: 'try again later, or end that session' },
  { advice: /(comes from|to trust) \(ca\)/, says: '$1 (ca in the URI)' },
  { advice: 'use a lower concurrency', says: 'work on fewer files at the same time (f9 mirror -j)' },
  { advice: 'leave it out by ignore', says: 'leave it out with --ignore' },
  { advice: /(write the region of the endpoint|write that) \(region\)/, says: '$1 (region in the URI)' },
  { advice: 'to another program (vault)?', says: 'to another program (vault in the URI)?' },
  { advice: '(statementTimeout)', says: '(statement_timeout in the URI)' },
  { advice: '(maxConnections)', says: '(max_connections in the URI)' },
  // Packages that are not installed with the command.
  { advice: /npm install (?=@f9\/|blake3)/, says: 'npm install -g ' },
  { advice: 'or install @aws-sdk/', says: 'or npm install -g @aws-sdk/' },
  // Advice that a command line cannot follow.
  { advice: ' (contentStore)', says: ', by a program that uses @f9/openai itself' },
  {
    advice: 'open the vault with the same contentStore',
    says: 'only a program that uses the same one can read it',
  },
  { advice: ', or allow more time (processingTimeout)', says: '' },
  { advice: 'make it, or leave createRoot at true', says: 'make it, or leave out create_root=false' },
  { advice: 'busyTimeout', says: 'the parameter busy_timeout' },
  { advice: 'stateDirectory', says: 'the parameter state_directory' },
  { advice: /; see definePlugin(?: of @f9\/core(?:\/driver)?)?/, says: '' },
];

/** An error text of the library in the words of the command line: verbs, options, parameters of URIs, variables. */
export function inWordsOfTheCommand(message: string, verb?: string): string {
  return REMEDIES.filter((remedy) => remedy.verb === undefined || remedy.verb === verb).reduce(
    (text, { advice, says }) =>
      text.replaceAll(advice instanceof RegExp ? new RegExp(advice, 'g') : advice, says),
    message,
  );
}
