import type { StandardResult, StandardSchema, UriParameter } from './plugin.ts';

type Details<Option extends string> = Omit<UriParameter, 'schema' | 'option'> & { readonly option: Option };
type Parameter<Option extends string, Output> = Details<Option> & UriParameter<Output>;

/** Makers of the usual query parameters; any other Standard Schema does as well. */
export const uriParameter = {
  string: <const O extends string>(details: Details<O>): Parameter<O, string> => ({
    ...details,
    schema: schema((text) => (text === '' ? fail('must not be empty') : { value: text })),
  }),

  boolean: <const O extends string>(details: Details<O>): Parameter<O, boolean> => ({
    ...details,
    schema: schema((text) => {
      if (text === 'true' || text === '1') return { value: true };
      if (text === 'false' || text === '0') return { value: false };
      return fail('must be true or false');
    }),
  }),

  /** A number of at least `minimum`, times `unit`: `unit: 1000` makes milliseconds of seconds. */
  number: <const O extends string>(
    details: Details<O>,
    { minimum = 0, integer = false, unit = 1 }: { minimum?: number; integer?: boolean; unit?: number } = {},
  ): Parameter<O, number> => ({
    ...details,
    schema: schema((text) => {
      const value = text.trim() === '' ? Number.NaN : Number(text);
      if (!Number.isFinite(value) || value < minimum) return fail(`must be a number of at least ${minimum}`);
      if (integer && !Number.isInteger(value)) return fail('must be a whole number');
      return { value: value * unit };
    }),
  }),

  oneOf: <const O extends string, const V extends string>(
    details: Details<O>,
    values: readonly V[],
  ): Parameter<O, V> => ({
    ...details,
    schema: schema((text) => {
      const value = values.find((candidate) => candidate === text);
      return value === undefined ? fail(`must be one of ${values.join(', ')}`) : { value };
    }),
  }),
};

function schema<Output>(validate: (text: string) => StandardResult<Output>): StandardSchema<unknown, Output> {
  return { '~standard': { version: 1, vendor: 'f9', validate: (value) => validate(String(value)) } };
}

function fail(message: string): { readonly issues: readonly { readonly message: string }[] } {
  return { issues: [{ message }] };
}
