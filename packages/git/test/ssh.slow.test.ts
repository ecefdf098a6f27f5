import fs from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeFolder } from './repository.ts';
import { hasSshd, type SshServer, serveSsh } from './servers/ssh-server.ts';
import { contentsOf, Vaults } from './vaults.ts';

describe.skipIf(!hasSshd)('over ssh (needs sshd)', () => {
  let server: SshServer;
  const folder = makeFolder();

  beforeAll(async () => {
    server = await serveSsh(folder);
  });

  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    fs.rmSync(folder, { recursive: true });
  });

  function overSsh(): Vaults {
    const vaults = new Vaults();
    vaults.options = {
      remoteUrl: `ssh://127.0.0.1:${server.port}${vaults.remote}`,
      username: server.user,
      sshKeyPath: server.keyPath,
      knownHosts: server.knownHosts,
    };
    return vaults;
  }

  test('a vault is cloned, pushed and pulled with a key, whatever characters its path holds', async () => {
    const vaults = overSsh();
    const [ours, theirs] = await vaults.two({ 'a b': 'A' });
    expect(await contentsOf(theirs)).toEqual({ 'a b': 'A' });
    await theirs.update('a b', { data: 'B' });
    await theirs.push();
    await ours.pull();
    expect(await contentsOf(ours)).toEqual({ 'a b': 'B' });
  });

  test('with a key that may not log in it is UNAUTHENTICATED', async () => {
    const attempt = overSsh().open('ours', { sshKeyPath: server.otherKeyPath });
    await expect(attempt).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  test('with a key that is not there it is UNAUTHENTICATED, and the error keeps its path to itself', async () => {
    const attempt = overSsh().open('ours', { sshKeyPath: join(folder, 'no-such-key') });
    await expect(attempt).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
      message: expect.not.stringContaining(folder),
    });
  });

  test('a server that is not known, or has another key than is known, is refused', async () => {
    const unknown = join(folder, 'empty_known_hosts');
    fs.writeFileSync(unknown, '');
    for (const knownHosts of [unknown, server.wrongKnownHosts]) {
      await expect(overSsh().open('ours', { knownHosts })).rejects.toMatchObject({
        code: 'PERMISSION_DENIED',
        message: expect.stringContaining('host key'),
      });
    }
    expect(fs.readFileSync(unknown, 'utf8')).toBe('');
  });

  test('a server that was never seen before is trusted if that is asked for, and remembered; another key is not', async () => {
    const knownHosts = join(folder, 'new_known_hosts');
    await overSsh().open('ours', { knownHosts, acceptNewHostKey: true });
    expect(fs.readFileSync(knownHosts, 'utf8')).toContain(`[127.0.0.1]:${server.port}`);
    const attempt = overSsh().open('ours', { knownHosts: server.wrongKnownHosts, acceptNewHostKey: true });
    await expect(attempt).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
  });

  test('a repository that is not there is told apart', async () => {
    const attempt = overSsh().open('ours', {
      remoteUrl: `ssh://127.0.0.1:${server.port}${folder}/nothing.git`,
    });
    await expect(attempt).rejects.toMatchObject({ reason: 'repository-missing', retryable: false });
  });

  test('a server that is not there is UNAVAILABLE', async () => {
    const attempt = overSsh().open('ours', { remoteUrl: 'ssh://127.0.0.1:1/x.git' });
    await expect(attempt).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true });
  });
});
