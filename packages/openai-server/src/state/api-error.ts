/** An answer that refuses the request, in the form of OpenAI's own error bodies. */
export class ApiError extends Error {
  readonly status: number;
  readonly type: string;
  readonly code: string | null;
  readonly param: string | null;
  /** Seconds, for the `retry-after` header. */
  readonly retryAfter: number | undefined;

  constructor(
    status: number,
    message: string,
    details: {
      type?: string;
      code?: string | null;
      param?: string | null;
      retryAfter?: number | undefined;
    } = {},
  ) {
    super(message);
    this.status = status;
    this.type = details.type ?? 'invalid_request_error';
    this.code = details.code ?? null;
    this.param = details.param ?? null;
    this.retryAfter = details.retryAfter;
  }

  get body(): {
    error: { message: string; type: string; param: string | null; code: string | null };
  } {
    return { error: { message: this.message, type: this.type, param: this.param, code: this.code } };
  }
}

export const invalid = (message: string, param: string | null = null, code: string | null = null): ApiError =>
  new ApiError(400, message, { param, code });

export const notFound = (message: string, param: string | null = null): ApiError =>
  new ApiError(404, message, { param });
