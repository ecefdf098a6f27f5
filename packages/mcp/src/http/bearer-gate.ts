import { createHash, timingSafeEqual } from 'node:crypto';

/** Answers requests without the token; `undefined` lets a request pass. */
export function bearerGate(token: string): (request: Request) => Response | undefined {
  const expected = digest(token);
  return (request) => {
    const given = /^Bearer +(\S+)$/i.exec(request.headers.get('authorization') ?? '')?.[1];
    if (given !== undefined && timingSafeEqual(digest(given), expected)) return undefined;
    const error = given === undefined ? '' : ', error="invalid_token"';
    return new Response('The token is missing or wrong\n', {
      status: 401,
      headers: { 'WWW-Authenticate': `Bearer realm="f9"${error}` },
    });
  };
}

/** A digest, so that texts of any length are compared in equal time. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
