import { createHash, timingSafeEqual } from 'node:crypto';

/** Answers a request that does not carry the token; `undefined` lets it pass. */
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

/** Of equal length, whatever was sent. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
