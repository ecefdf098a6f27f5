// Holds the rules between packages and within each: who may import whom, that each declares what it imports and imports what it
// declares, and that no files import one another in a circle. Exits 1 with every breach, and what to do about it.
import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { circlesOf, type Import, importsBelow, packageOf, targetOf } from './imports/graph.ts';
import { BACKEND_ROOT, type PackageRules, RULES } from './imports/rules.ts';

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

const RULES_FILE = 'scripts/imports/rules.ts';
const breaches: string[] = [];

for (const name of readdirSync('packages')) {
  const rules = RULES[name];
  if (rules === undefined) {
    breaches.push(`packages/${name}: ${RULES_FILE} does not say what it may import; give it a row`);
    continue;
  }
  const folder = `packages/${name}`;
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest &
    Record<string, unknown>;
  const sources = importsBelow(`${folder}/src`);
  for (const field of REQUIRED_FIELDS) {
    if (manifest[field] === undefined) breaches.push(`${folder}/package.json: ${field} is missing`);
  }
  checkPackages(name, folder, manifest, rules, sources);
  checkTests(folder, manifest);
  checkRoot(folder, rules);
  checkWings(`${folder}/src/`, rules, sources);
  checkCircles(sources);
}

for (const breach of breaches) console.error(breach);
console.log(`${Object.keys(RULES).length} packages checked, ${breaches.length} breaches of the import rules`);
process.exitCode = breaches.length === 0 ? 0 : 1;

function checkPackages(
  name: string,
  folder: string,
  manifest: Manifest,
  rules: PackageRules,
  sources: readonly Import[],
): void {
  const runtime = Object.keys({
    ...manifest.dependencies,
    ...manifest.optionalDependencies,
    ...manifest.peerDependencies,
  });
  const used = new Set<string>();
  for (const { file, specifier } of sources) {
    if (specifier.startsWith('.')) continue;
    if (specifier.startsWith('node:') || builtinModules.includes(specifier)) {
      if (!specifier.startsWith('node:')) breaches.push(`${file}: write node:${specifier}`);
      else if (
        rules.builtins !== undefined &&
        !rules.builtins.includes(specifier) &&
        !file.startsWith(`${folder}/src/process/`)
      )
        breaches.push(
          `${file}: ${name} touches no disk, process or network outside src/process: it must do without ${specifier}`,
        );
      continue;
    }
    const named = packageOf(specifier);
    // What is types alone is installed as types alone.
    const imported = runtime.includes(`@types/${named}`) ? `@types/${named}` : named;
    used.add(imported);
    if (!runtime.includes(imported))
      breaches.push(`${file}: add ${imported} to the dependencies of ${manifest.name}, or do without it`);
    const ours = imported.startsWith('@f9/') ? imported.slice('@f9/'.length) : undefined;
    if (ours !== undefined && !rules.packages.includes(ours))
      breaches.push(
        `${file}: ${name} must not import ${imported}; it may import ${list(rules.packages)} (${RULES_FILE})`,
      );
  }
  for (const dependency of Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })) {
    const isBrought = rules.brings?.includes(dependency.replace('@f9/', '')) === true;
    if (!used.has(dependency) && !isBrought)
      breaches.push(`${folder}/package.json: ${dependency} is not imported; take it out of the dependencies`);
  }
}

function checkTests(folder: string, manifest: Manifest): void {
  const known = [
    ...Object.keys({
      ...manifest.dependencies,
      ...manifest.optionalDependencies,
      ...manifest.peerDependencies,
      ...manifest.devDependencies,
    }),
    manifest.name,
    'vitest',
    'vite',
  ];
  for (const { file, specifier } of importsBelow(`${folder}/test`)) {
    if (specifier.startsWith('.') || specifier.startsWith('node:')) continue;
    if (!known.includes(packageOf(specifier)))
      breaches.push(`${file}: add ${packageOf(specifier)} to the devDependencies of ${manifest.name}`);
  }
}

/** A reader finds the same files in every backend. */
function checkRoot(folder: string, { isBackend = false }: PackageRules): void {
  if (!isBackend) return;
  for (const entry of readdirSync(`${folder}/src`)) {
    const name = entry.replace(/\.ts$/, '');
    if (name !== entry && !BACKEND_ROOT.includes(name))
      breaches.push(
        `${folder}/src/${entry}: the root of a backend holds ${list(BACKEND_ROOT)}; move it to a wing`,
      );
  }
}

function checkWings(src: string, { wings = {} }: PackageRules, sources: readonly Import[]): void {
  const partOf = (file: string): string => file.slice(src.length).split('/')[0]!.replace(/\.ts$/, '');
  for (const { file, specifier } of sources) {
    if (!specifier.startsWith('.')) continue;
    const [from, to] = [partOf(file), partOf(targetOf({ file, specifier }))];
    const allowed = wings[from];
    if (allowed === undefined || from === to || allowed.includes(to)) continue;
    breaches.push(
      `${file}: ${from} must not import ${to}; it may import ${list(allowed)}. Move what is shared to where both may reach it, or hand it in (${RULES_FILE})`,
    );
  }
}

function checkCircles(sources: readonly Import[]): void {
  const inside = sources.filter(({ specifier }) => specifier.startsWith('.'));
  const graph = Map.groupBy(inside, ({ file }) => file);
  const targets = new Map(Array.from(graph, ([file, imports]) => [file, imports.map(targetOf)]));
  for (const circle of circlesOf(targets)) {
    breaches.push(
      `These import one another in a circle: ${circle.join(', ')}. Move the type or the function that ties them to a file of its own`,
    );
  }
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(', ');
}
