import type { Fault } from '../faults/faults.ts';
import { ApiError } from '../state/api-error.ts';

const USUAL: Record<number, { message: string; type?: string; code?: string }> = {
  400: { message: 'The request was refused.' },
  401: { message: 'Incorrect API key provided.', code: 'invalid_api_key' },
  403: { message: 'You do not have access to this resource.' },
  404: { message: 'Not found' },
  408: { message: 'The request timed out.', type: 'server_error' },
  409: { message: 'The resource is being changed by another request. Please try again.', code: 'conflict' },
  429: { message: 'Rate limit reached.', type: 'requests', code: 'rate_limit_exceeded' },
  503: { message: 'The engine is currently overloaded, please try again later.', type: 'server_error' },
};

const SERVER_ERROR = {
  message: 'The server had an error while processing your request. Sorry about that!',
  type: 'server_error',
};

const QUOTA = {
  message: 'You exceeded your current quota, please check your plan and billing details.',
  type: 'insufficient_quota',
};

/** The body that usually comes with the status of this fault. */
export function faultError(fault: Extract<Fault, { kind: 'error' }>): ApiError {
  const usual = fault.code === 'insufficient_quota' ? QUOTA : (USUAL[fault.status] ?? SERVER_ERROR);
  return new ApiError(fault.status, fault.message ?? usual.message, {
    ...usual,
    ...(fault.code === undefined ? {} : { code: fault.code }),
    retryAfter: fault.retryAfter,
  });
}
