import { type BackendPlugin, backendError } from '@f9/core/driver';
import { isScheme } from '../uri/rules.ts';

/** Whether an export of a package is meant as a plugin. */
export function looksLikePlugin(value: unknown): value is BackendPlugin {
  return (
    typeof value === 'object' &&
    value !== null &&
    'schemes' in value &&
    'parameters' in value &&
    'create' in value
  );
}

/** Checks a plugin that no compiler has seen. @throws `INVALID_ARGUMENT` */
export function assertPlugin(plugin: BackendPlugin): void {
  const fail = (why: string): Error =>
    backendError('INVALID_ARGUMENT', `This plugin cannot be registered: ${why}`);
  if (!looksLikePlugin(plugin)) throw fail('it has no schemes, parameters and create; see definePlugin');
  if (typeof plugin.name !== 'string' || plugin.name === '') throw fail('it has no name');
  if (typeof plugin.create !== 'function') throw fail('its create is not a function');
  if (!Array.isArray(plugin.schemes) || plugin.schemes.length === 0) throw fail('it claims no scheme');
  for (const scheme of plugin.schemes) {
    if (!isScheme(scheme)) {
      throw fail(`${JSON.stringify(scheme)} is not a scheme: lower-case letters, digits, "+", "-" and "."`);
    }
  }
  for (const [name, parameter] of Object.entries(plugin.parameters)) {
    if (parameter.schema?.['~standard'] === undefined || typeof parameter.option !== 'string') {
      throw fail(`its parameter ${JSON.stringify(name)} has no Standard Schema or no option`);
    }
  }
}
