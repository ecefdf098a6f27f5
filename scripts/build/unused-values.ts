import type { Plugin } from 'rolldown';
import { parseAst } from 'rolldown/parseAst';

type Node = Readonly<Record<string, unknown>>;

/** What runs code when it is evaluated, as far as a bundler can know. */
const RUNS = new Set([
  'CallExpression',
  'NewExpression',
  'MemberExpression',
  'SpreadElement',
  'TaggedTemplateExpression',
]);

/**
 * Lets bundlers of others leave out the constants that nobody uses, and all that these use in turn. They leave out whole files, of a
 * package without side effects, by themselves; but of one large file they keep each call that computes a constant, unless it is marked.
 */
export function unusedValues(): Plugin {
  return {
    name: 'unused-values',
    transform: {
      filter: { id: /\.ts$/ },
      handler: (code, id) => {
        const { body } = parseAst(code, { lang: 'ts' }, id);
        const values = body
          .map((statement) =>
            statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement,
          )
          .flatMap((each) => (each?.type === 'VariableDeclaration' ? each.declarations : []))
          .flatMap(({ init }) => (init !== null && runs(init) ? [init] : []));
        // From the end, so that places before stay where they are. Lines stay as well, and so does the source map.
        const marked = values.reduceRight(
          (text, { start, end }) =>
            `${text.slice(0, start)}/* @__PURE__ */ (() => (${text.slice(start, end)}))()${text.slice(end)}`,
          code,
        );
        return { code: marked, map: null };
      },
    },
  };
}

/** Whether it runs anything at once: functions do it later, and what awaits cannot be left for later. */
function runs(node: unknown): boolean {
  const parts = nodesOf(node);
  return (
    parts.some(({ type }) => RUNS.has(String(type))) && !parts.some(({ type }) => type === 'AwaitExpression')
  );
}

/** A node and all in it that is evaluated with it. */
function nodesOf(value: unknown): Node[] {
  if (Array.isArray(value)) return value.flatMap(nodesOf);
  if (typeof value !== 'object' || value === null) return [];
  const node = value as Node;
  if (/Function|TSType/.test(String(node.type))) return [];
  return [node, ...Object.values(node).flatMap(nodesOf)];
}
