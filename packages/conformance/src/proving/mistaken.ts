/** A value of a wrong type, as callers in JavaScript pass by mistake. */
export function mistaken<T>(value: unknown): T {
  return value as T;
}
