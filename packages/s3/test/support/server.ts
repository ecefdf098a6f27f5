import { isCephInstalled, type S3Server, startCeph } from './ceph.ts';

/** The server that the environment names. */
function givenServer(): S3Server | undefined {
  const { F9_S3_ENDPOINT: endpoint, F9_S3_ACCESS_KEY_ID: id, F9_S3_SECRET_ACCESS_KEY: secret } = process.env;
  if (endpoint === undefined || id === undefined || secret === undefined) return undefined;
  return { endpoint, accessKeyId: id, secretAccessKey: secret };
}

export function hasS3Server(): boolean {
  return givenServer() !== undefined || isCephInstalled();
}

/** The server that the environment names, else a Ceph of one's own, which takes about 15 seconds to start. */
export async function s3Server(): Promise<S3Server & AsyncDisposable> {
  const given = givenServer();
  return given === undefined
    ? await startCeph()
    : { ...given, [Symbol.asyncDispose]: () => Promise.resolve() };
}
