import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync } from 'node:fs';
import { join } from 'node:path';

export const hasOpenssl: boolean = spawnSync('openssl', ['version']).status === 0;

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];

/** Makes `ca.crt`, and `server.crt` and `server.key` for `localhost` that it signed; and `other.crt`, which signed nothing. */
export function makeCertificates(
  folder: string,
  owner: { readonly uid: number; readonly gid: number } | undefined,
): void {
  const at = (name: string): string => join(folder, name);
  const openssl = (name: string, subject: string, ...more: readonly string[]): void => {
    const files = ['-keyout', at(`${name}.key`), '-out', at(`${name}.crt`)];
    const args = ['req', '-x509', ...NEW_KEY, ...files, '-subj', `/CN=${subject}`, ...more];
    const { status, stderr } = spawnSync('openssl', args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`openssl failed: ${stderr}`);
  };
  openssl('ca', 'An authority');
  openssl('other', 'Another authority');
  openssl(
    'server',
    'localhost',
    ...['-CA', at('ca.crt'), '-CAkey', at('ca.key'), '-addext', 'subjectAltName=DNS:localhost'],
  );
  chmodSync(at('server.key'), 0o600);
  if (owner !== undefined) {
    for (const name of ['server.key', 'server.crt']) chownSync(at(name), owner.uid, owner.gid);
  }
}
