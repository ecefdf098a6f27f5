import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import {
  AlreadyExistsError,
  FileBackendError,
  IntegrityError,
  InvalidOperationError,
  LockTimeoutError,
  NotFoundError,
  PermissionDeniedError,
  PreconditionFailedError,
  SyncConflictError,
} from '@f9/core';
import { ERROR_TABLE } from '@f9/core/driver';

const CLASSES = {
  FileBackendError,
  NotFoundError,
  AlreadyExistsError,
  InvalidOperationError,
  PermissionDeniedError,
  PreconditionFailedError,
  LockTimeoutError,
  SyncConflictError,
  IntegrityError,
};

/** The error that `work` rejects with. */
export async function failureOf(work: Promise<unknown>, expected: string): Promise<unknown> {
  let value: unknown;
  try {
    value = await work;
  } catch (error) {
    return error;
  }
  return assert.fail(`${expected} was expected, but it succeeded with ${describe(value)}`);
}

/** Checks any error: its class is that of the code, its fields have their types, and none holds a secret. */
export function assertErrorShape(error: FileBackendError, secrets: readonly string[]): void {
  const { className } = ERROR_TABLE[error.code];
  assert.ok(error instanceof CLASSES[className], `${error.code} must be a ${className}, not a ${error.name}`);
  assert.ok(error.message.length > 0, 'An error says what happened');
  assert.equal(typeof error.operation, 'string', `error.operation of ${error.code} must name the operation`);
  assert.equal(typeof error.retryable, 'boolean', 'error.retryable');
  assertKeepsSecrets(error, secrets);
}

/** Checks that an error holds none of `secrets` in any form that gets into a log. */
export function assertKeepsSecrets(error: Error, secrets: readonly string[]): void {
  const forms: Record<string, string> = {
    message: error.message,
    stack: error.stack ?? '',
    'JSON form': JSON.stringify(error),
    'inspected form': inspect(error, { depth: 8, showHidden: true }),
  };
  for (const secret of secrets) {
    for (const [name, form] of Object.entries(forms)) {
      const message = `The ${name} of an error gives away ${JSON.stringify(secret)}: ${form}`;
      assert.ok(!form.includes(secret), message);
    }
  }
}

function describe(value: unknown): string {
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  return JSON.stringify(value) ?? typeof value;
}
