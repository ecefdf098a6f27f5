import { PostgresFileBackend } from '@f9/postgres';
import { expect, test } from 'vitest';
import { BackendFactory } from '../src/index.ts';

const factory = new BackendFactory();

test.each([
  'postgres://me@db.example.com/notes',
  'postgresql://me@[::1]:5433/notes?vault=garden&history=true&max_connections=2&busy_timeout=1',
  'postgres://me:s3cr3t@db.example.com/notes?tls=require&connect_timeout=1&statement_timeout=0',
])('%s is a vault, and nothing is connected yet', async (uri) => {
  await using vault = await factory.resolve(uri, { environment: {} });
  expect(vault).toBeInstanceOf(PostgresFileBackend);
  expect(JSON.stringify(vault)).not.toContain('s3cr3t');
});

test.each([
  ['postgres://db.example.com/notes', 'INVALID_URI'],
  ['postgres://me@db.example.com', 'INVALID_URI'],
  ['postgres://me@db.example.com/notes/more', 'INVALID_URI'],
  ['postgres://me@db.example.com/notes?tls=maybe', 'INVALID_URI'],
  ['postgres://me@db.example.com/notes?vault=A', 'INVALID_URI'],
  ['postgres://me@db.example.com/notes?busy_timeout=soon', 'INVALID_URI'],
  ['postgres://me:s3cr3t@db.example.com/notes/more', 'INVALID_URI'],
])('%s is %s', async (uri, code) => {
  const error = await factory.resolve(uri, { environment: {} }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ code });
  expect(String(error)).not.toContain('s3cr3t');
});
