/** What the sources of a package may import. Its tests may import anything that it names as a dependency. */
export interface PackageRules {
  /** Other f9 packages. */
  readonly packages: readonly string[];
  /** Those that it installs without importing them: `@f9/factory` finds them where a URI asks for one. */
  readonly brings?: readonly string[];
  /** Builtins of Node; all where nothing is said, and in its wing `process`. */
  readonly builtins?: readonly string[];
  /** A backend: its root holds the six files that every backend has, and folders. */
  readonly isBackend?: boolean;
  /**
   * For each wing (a folder of src) what it may import of its own package: wings, and files of the root by name. Files of the root
   * that are not named here may import anything, and a wing that is not named may be imported by the root alone.
   */
  readonly wings?: Readonly<Record<string, readonly string[]>>;
}

/** The files that stand at the root of every backend. */
export const BACKEND_ROOT: readonly string[] = ['index', 'backend', 'driver', 'plugin', 'options', 'errors'];

const CORE_ROOT = ['backend', 'capabilities', 'changes', 'errors', 'file-info', 'history', 'search', 'sync'];

export const RULES: Readonly<Record<string, PackageRules>> = {
  core: {
    packages: [],
    // Computing, no I/O.
    builtins: [
      'node:crypto',
      'node:async_hooks',
      'node:buffer',
      'node:perf_hooks',
      'node:process',
      'node:timers',
      'node:timers/promises',
      'node:util',
    ],
    wings: {
      errors: [],
      // A door of its own, which nothing else of core goes through.
      process: [],
      tasks: ['errors'],
      paths: ['errors'],
      glob: ['errors', 'paths'],
      contents: ['errors', 'paths'],
      streams: ['errors', 'driver', 'contents'],
      sessions: [...CORE_ROOT, 'driver', 'operations', 'tasks'],
      operations: [...CORE_ROOT, 'driver', 'contents', 'glob', 'paths', 'sessions', 'streams', 'tasks'],
      layers: [
        ...CORE_ROOT,
        'driver',
        'contents',
        'glob',
        'operations',
        'paths',
        'sessions',
        'streams',
        'tasks',
      ],
      mirror: [
        ...CORE_ROOT,
        'driver',
        'contents',
        'glob',
        'layers',
        'operations',
        'paths',
        'sessions',
        'streams',
        'tasks',
      ],
    },
  },
  conformance: {
    packages: ['core'],
    wings: {
      harness: [],
      processes: ['harness'],
      proving: ['harness', 'processes'],
      groups: ['conformance-case', 'processes', 'proving'],
      running: ['conformance-case', 'groups', 'harness', 'promises', 'proving'],
    },
  },
  local: {
    packages: ['core'],
    isBackend: true,
    wings: {
      errors: [],
      options: [],
      io: ['errors'],
      confined: ['errors', 'options', 'io'],
      state: ['errors', 'options', 'io', 'confined'],
      files: ['errors', 'options', 'io', 'confined', 'state'],
    },
  },
  git: {
    packages: ['core', 'local'],
    isBackend: true,
    wings: {
      errors: [],
      process: ['errors'],
      clone: ['errors', 'process'],
      worktree: ['errors', 'process', 'clone'],
      history: ['errors', 'process', 'clone', 'worktree'],
      merge: ['errors', 'process', 'clone', 'worktree'],
      remote: ['errors', 'options', 'process', 'clone', 'worktree', 'merge'],
      repository: ['errors', 'options', 'process', 'clone', 'worktree', 'history', 'merge', 'remote'],
    },
  },
  openai: {
    packages: ['core', 'search'],
    isBackend: true,
    wings: {
      service: ['errors', 'options'],
      entries: ['errors', 'service'],
      bytes: ['errors', 'service', 'entries'],
      search: ['errors', 'service', 'entries', 'bytes'],
      writing: ['errors', 'options', 'service', 'entries', 'bytes'],
    },
  },
  'openai-server': {
    packages: [],
    wings: {
      faults: ['route-table', 'request-record'],
      state: ['faults'],
      routes: ['route-table', 'request-record', 'faults', 'state'],
      http: ['route-table', 'request-record', 'faults', 'state', 'routes'],
    },
  },
  search: {
    packages: ['core'],
    wings: {
      passages: [],
      words: [],
      vectors: [],
      ranking: ['words'],
      'index-store': ['passages', 'vectors', 'words'],
      layer: ['embeds', 'searcher', 'index-store', 'vectors', 'words'],
    },
  },
  sqlite: {
    packages: ['core', 'search'],
    isBackend: true,
    wings: {
      errors: [],
      options: [],
      database: ['errors', 'options'],
      files: ['database'],
      sessions: ['errors', 'database'],
      vault: ['errors', 'options', 'database', 'files', 'sessions'],
    },
  },
  s3: {
    packages: ['core'],
    isBackend: true,
    wings: {
      service: ['errors', 'options'],
      vault: ['service'],
      listing: ['service', 'vault'],
      reading: ['errors', 'service', 'vault'],
      writing: ['service', 'vault', 'listing'],
      sums: ['service', 'vault', 'listing', 'reading'],
      sessions: ['service'],
      upkeep: ['service', 'vault', 'listing'],
    },
  },
  postgres: {
    packages: ['core', 'search'],
    isBackend: true,
    wings: {
      errors: [],
      options: [],
      database: ['errors', 'options'],
      files: ['errors', 'database'],
      sessions: ['errors', 'database'],
      vault: ['options', 'database', 'files', 'sessions'],
      changes: ['errors', 'database', 'files', 'vault'],
      search: ['errors', 'options', 'database', 'files', 'vault'],
      upkeep: ['database', 'vault'],
    },
  },
  factory: {
    packages: ['core', 'local', 'git', 'openai', 'postgres', 's3', 'sqlite'],
    wings: { uri: ['credentials'], plugins: ['uri'] },
  },
  text: {
    packages: ['core'],
    wings: {
      edit: ['decode', 'escape-reg-exp'],
      lines: ['decode'],
      grep: ['escape-reg-exp', 'lines'],
      notes: ['edit'],
    },
  },
  agents: {
    packages: ['core', 'text'],
    wings: {
      tools: [],
      'ai-sdk': ['approval', 'tools', 'vault-tools'],
      anthropic: ['guard-vault', 'tools'],
      deepagents: ['guard-vault', 'tools'],
      'just-bash': ['guard-vault', 'tools'],
      langchain: ['tools', 'vault-tools'],
      mastra: ['guard-vault', 'tools'],
      'openai-agents': ['approval', 'tools', 'vault-tools'],
    },
  },
  mcp: {
    packages: ['agents', 'core', 'factory', 'registry', 'text'],
    brings: ['git', 'local', 'sqlite'],
    wings: {
      server: ['package-version'],
      stdio: ['server'],
      http: ['server'],
      command: ['http', 'server', 'stdio', 'package-version'],
    },
  },
  registry: { packages: ['core', 'factory'], wings: { vaults: [], mount: [] } },
  compat: { packages: ['core'], wings: { errors: [], streams: ['errors'], fs: ['errors', 'streams'] } },
  cli: {
    packages: [
      'core',
      'factory',
      'registry',
      'local',
      'git',
      'openai',
      'search',
      'sqlite',
      'postgres',
      's3',
      'mcp',
    ],
    wings: {
      terminal: [],
      vaults: ['terminal'],
      doctor: ['terminal', 'vaults'],
      completion: ['terminal', 'vaults'],
      freshness: ['context', 'terminal', 'vaults'],
      transfer: ['context', 'freshness', 'terminal', 'vaults'],
      conflicts: ['context', 'terminal', 'vaults'],
      search: ['context', 'terminal', 'vaults'],
      mirror: ['context', 'freshness', 'search', 'terminal', 'vaults'],
      setup: ['context', 'terminal', 'vaults'],
      commands: [
        'context',
        'invoke',
        'completion',
        'conflicts',
        'doctor',
        'freshness',
        'mirror',
        'search',
        'setup',
        'terminal',
        'transfer',
        'vaults',
      ],
    },
  },
};
