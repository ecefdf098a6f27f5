export type { VaultHttpOptions, VaultHttpServer } from './serve-vault-over-http.ts';
export { serveVaultOverHttp } from './serve-vault-over-http.ts';
