// Holds the rules between packages: who may import whom, that each declares what it imports and imports what it declares, and that
// core touches no disk, process or network. Exits 1 with every breach.
import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';

/** f9 packages that the sources of each may import; tests may import any. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  core: [],
  conformance: ['core'],
  local: ['core'],
  git: ['core', 'local'],
  openai: ['core'],
  'openai-server': [],
  factory: ['core', 'local', 'git', 'openai'],
  registry: ['core', 'factory'],
  compat: ['core'],
  cli: ['core', 'factory', 'registry', 'local', 'git', 'openai'],
};

/** Builtins that core may use: computing, no I/O. */
const CORE_BUILTINS = [
  'node:crypto',
  'node:async_hooks',
  'node:buffer',
  'node:process',
  'node:timers',
  'node:util',
];

const REQUIRED_FIELDS = [
  'description',
  'keywords',
  'license',
  'repository',
  'engines',
  'exports',
  'files',
  'sideEffects',
  'type',
];

interface Manifest {
  readonly name: string;
  readonly dependencies?: Record<string, string>;
  readonly optionalDependencies?: Record<string, string>;
  readonly peerDependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
}

const breaches: string[] = [];

for (const [name, allowed] of Object.entries(MAY_IMPORT)) {
  const folder = join('packages', name);
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest &
    Record<string, unknown>;
  const runtime = Object.keys({
    ...manifest.dependencies,
    ...manifest.optionalDependencies,
    ...manifest.peerDependencies,
  });
  const development = [...runtime, ...Object.keys(manifest.devDependencies ?? {})];
  const used = new Set<string>();

  for (const field of REQUIRED_FIELDS) {
    if (manifest[field] === undefined) breaches.push(`${folder}/package.json: ${field} is missing`);
  }
  for (const { file, specifier } of importsBelow(join(folder, 'src'))) {
    if (specifier.startsWith('.')) continue;
    if (specifier.startsWith('node:') || builtinModules.includes(specifier)) {
      if (!specifier.startsWith('node:')) breaches.push(`${file}: write node:${specifier}`);
      if (name === 'core' && !CORE_BUILTINS.includes(specifier))
        breaches.push(`${file}: core must not use ${specifier}`);
      continue;
    }
    const imported = packageOf(specifier);
    used.add(imported);
    if (!runtime.includes(imported))
      breaches.push(`${file}: ${imported} is not a dependency of ${manifest.name}`);
    const ours = imported.startsWith('@f9/') ? imported.slice('@f9/'.length) : undefined;
    if (ours !== undefined && !allowed.includes(ours))
      breaches.push(`${file}: ${name} must not import ${imported}`);
  }
  for (const { file, specifier } of importsBelow(join(folder, 'test'))) {
    if (specifier.startsWith('.') || specifier.startsWith('node:')) continue;
    const imported = packageOf(specifier);
    const known = [...development, manifest.name, 'vitest', 'vite'];
    if (!known.includes(imported))
      breaches.push(`${file}: ${imported} is not a devDependency of ${manifest.name}`);
  }
  for (const dependency of Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })) {
    if (!used.has(dependency)) breaches.push(`${folder}/package.json: ${dependency} is not imported`);
  }
}

for (const name of readdirSync('packages')) {
  if (!(name in MAY_IMPORT))
    breaches.push(`packages/${name}: scripts/check-packages.ts does not say whom it may import`);
}

for (const breach of breaches) console.error(breach);
console.log(
  `${Object.keys(MAY_IMPORT).length} packages checked, ${breaches.length} breaches of the import rules`,
);
process.exitCode = breaches.length === 0 ? 0 : 1;

function* importsBelow(folder: string): Generator<{ file: string; specifier: string }> {
  for (const entry of listFiles(folder)) {
    const file = join(folder, entry);
    const source = readFileSync(file, 'utf8').replace(/^\s*(?:\/\/|\*).*$/gm, '');
    for (const match of source.matchAll(
      /(?:^|[;\s])(?:import|export)\s[^'"`;]*?from\s*'([^']+)'|import\(\s*'([^']+)'\s*\)|^import\s*'([^']+)'/gm,
    )) {
      yield { file, specifier: (match[1] ?? match[2] ?? match[3])! };
    }
  }
}

function listFiles(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((entry) =>
      entry.endsWith('.ts'),
    );
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
