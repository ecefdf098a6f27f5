import process from 'node:process';
import { backendError, type FileBackendError } from '../errors.ts';

/** `LOCK_TIMEOUT`, with who holds the session. @param name the backend's @param timeout milliseconds that were waited */
export function sessionHeld(name: string, timeout: number, holder: string): FileBackendError {
  return backendError(
    'LOCK_TIMEOUT',
    `Waited ${timeout} ms for the session of the ${name} backend, which ${holder} holds; wait longer (timeout) or end that session`,
  );
}

/** `LOCK_TIMEOUT`, where the holder is in this process. */
export function heldInThisProcess(name: string, timeout: number): FileBackendError {
  return sessionHeld(name, timeout, `another session of this process (pid ${process.pid})`);
}
