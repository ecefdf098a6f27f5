import { stat } from 'node:fs/promises';
import type { UriParameters } from '@f9/core/driver';
import { complaintOf } from '../terminal/errors.ts';
import type { Io } from '../terminal/io.ts';
import { plural } from '../terminal/text.ts';
import type { Vaults } from '../vaults/vaults.ts';
import type { Finding } from './finding.ts';

/** Checks the config file and the vaults in it, without opening them. */
export async function examineSettings(vaults: Vaults, configPath: string): Promise<Finding[]> {
  const check = 'config file';
  try {
    const config = await vaults.config();
    const names = Object.keys(config.vaults);
    const found = `${configPath}: ${plural(names.length, 'vault')}`;
    const findings: Finding[] = [await examineMode(configPath, { check, status: 'ok', found })];
    for (const name of names) findings.push(await examineUri(vaults, name));
    return findings;
  } catch (error) {
    return [
      { check, status: 'failure', found: complaintOf(error).message, advice: 'mend it, or move it away' },
    ];
  }
}

/** Checks that only its owner can read the file, since URIs may hold secrets. */
async function examineMode(configPath: string, finding: Finding): Promise<Finding> {
  const mode = (await stat(configPath).catch(() => undefined))?.mode;
  if (mode === undefined)
    return { ...finding, found: `${configPath} is not there yet; f9 vaults add makes it` };
  if (process.platform === 'win32' || (mode & 0o077) === 0) return finding;
  return {
    ...finding,
    status: 'warning',
    found: `${finding.found}; others can read it`,
    advice: `chmod 600 ${configPath}`,
  };
}

async function examineUri(vaults: Vaults, name: string): Promise<Finding> {
  const check = `vault ${name}`;
  try {
    await vaults.open(`${name}:`);
    return { check, status: 'ok', found: await vaults.shownUri(await vaults.uriOf(name)) };
  } catch (error) {
    const { message, code } = complaintOf(error);
    return {
      check,
      status: 'failure',
      found: `${message} (${code})`,
      advice: `f9 vaults add --force ${name} URI`,
    };
  }
}

/** Lists the variables that backends read where a URI leaves something out; never their values. */
export function examineEnvironment(parameters: readonly UriParameters[], env: Io['env']): Finding[] {
  const findings = new Map<string, Finding>();
  for (const { environment, description } of parameters.flatMap((each) => Object.values(each))) {
    if (environment === undefined) continue;
    const found = env[environment] ? 'is set' : 'is not set';
    // Several backends may read the same one.
    findings.set(environment, { check: environment, status: 'ok', found: `${found}: ${description}` });
  }
  return [...findings.values()];
}
