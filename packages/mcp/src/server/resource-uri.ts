/** The URI of a file as a resource. */
export function resourceUri(path: string): string {
  return `f9://vault/${path.split('/').map(encodeURIComponent).join('/')}`;
}
