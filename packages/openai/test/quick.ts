/** The only key that the servers of these tests accept; no error may hold it. */
export const API_KEY = 'sk-secret-0123456789abcdef';

/** No waiting where the server is as quick as a test wants it. */
export const QUICK = { pollInterval: 1, retryDelay: 1, settleWithin: 400, maxRetries: 3 };

/** How to wait for what comes when it comes. */
export const PATIENTLY = { timeout: 20_000, interval: 5 };
