/** A route is named after the SDK method that calls it. */
export const ROUTES = {
  'files.create': 'POST /files',
  'files.list': 'GET /files',
  'files.retrieve': 'GET /files/:file',
  'files.delete': 'DELETE /files/:file',
  'files.content': 'GET /files/:file/content',
  'uploads.create': 'POST /uploads',
  'uploads.parts.create': 'POST /uploads/:upload/parts',
  'uploads.complete': 'POST /uploads/:upload/complete',
  'uploads.cancel': 'POST /uploads/:upload/cancel',
  'vectorStores.create': 'POST /vector_stores',
  'vectorStores.list': 'GET /vector_stores',
  'vectorStores.retrieve': 'GET /vector_stores/:store',
  'vectorStores.update': 'POST /vector_stores/:store',
  'vectorStores.delete': 'DELETE /vector_stores/:store',
  'vectorStores.search': 'POST /vector_stores/:store/search',
  'vectorStores.files.create': 'POST /vector_stores/:store/files',
  'vectorStores.files.list': 'GET /vector_stores/:store/files',
  'vectorStores.files.retrieve': 'GET /vector_stores/:store/files/:file',
  'vectorStores.files.update': 'POST /vector_stores/:store/files/:file',
  'vectorStores.files.delete': 'DELETE /vector_stores/:store/files/:file',
  'vectorStores.files.content': 'GET /vector_stores/:store/files/:file/content',
  'vectorStores.fileBatches.create': 'POST /vector_stores/:store/file_batches',
  'vectorStores.fileBatches.retrieve': 'GET /vector_stores/:store/file_batches/:batch',
  'vectorStores.fileBatches.cancel': 'POST /vector_stores/:store/file_batches/:batch/cancel',
  'vectorStores.fileBatches.listFiles': 'GET /vector_stores/:store/file_batches/:batch/files',
} as const;

/** The requests of the API, by name. */
export type Route = keyof typeof ROUTES;

/** The ids in a request's path. */
export interface PathIds {
  readonly file: string;
  readonly upload: string;
  readonly store: string;
  readonly batch: string;
}

const patterns = Object.entries(ROUTES).map(([route, pattern]) => {
  const [method, path] = pattern.split(' ') as [string, string];
  return { route: route as Route, method, segments: `/v1${path}`.split('/') };
});

/** Finds the route of a request; every path begins with `/v1`. */
export function matchRoute(method: string, path: string): { route: Route; ids: PathIds } | undefined {
  const segments = path.split('/');
  for (const pattern of patterns) {
    if (pattern.method !== method || pattern.segments.length !== segments.length) continue;
    const ids = { file: '', upload: '', store: '', batch: '' };
    const matches = pattern.segments.every((expected, index) => {
      const actual = segments[index]!;
      if (!expected.startsWith(':')) return expected === actual;
      ids[expected.slice(1) as keyof PathIds] = actual;
      return actual !== '';
    });
    if (matches) return { route: pattern.route, ids };
  }
  return undefined;
}
