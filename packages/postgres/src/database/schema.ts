import { FILE_FUNCTIONS } from './schema-functions.ts';
import { SEARCH_FUNCTIONS, SEARCH_TABLES } from './search-tables.ts';

/** Steps from one version of the tables to the next; the first makes them. A released step is never changed. */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE vault (
    id int PRIMARY KEY CHECK (id = 1),
    version int NOT NULL,
    changes_known_from xid8 NOT NULL -- removals before it are forgotten
  );
  CREATE SEQUENCE numbers;           -- of contents and of versions, none given twice
  CREATE TABLE entries (
    key bytea PRIMARY KEY,           -- the path with 0 for "/", so that its order is that of a tree that is walked
    content bigint,                  -- whose blocks hold the bytes; NULL: a directory
    version bigint NOT NULL,
    size bigint NOT NULL,
    sha256 text,                     -- NULL: not known
    created_at timestamptz NOT NULL,
    modified_at timestamptz NOT NULL,
    changed xid8 NOT NULL DEFAULT pg_current_xact_id(),
    indexed bigint                   -- the version that the search index holds
  );
  CREATE INDEX entries_by_change ON entries (changed);
  CREATE INDEX entries_not_indexed ON entries (key) WHERE content IS NOT NULL AND indexed IS DISTINCT FROM version;
  CREATE TABLE blocks (content bigint, start bigint, bytes bytea NOT NULL, PRIMARY KEY (content, start));
  ALTER TABLE blocks ALTER bytes SET STORAGE EXTERNAL;
  CREATE TABLE staged (content bigint PRIMARY KEY, since timestamptz NOT NULL);
  CREATE TABLE discarded (content bigint PRIMARY KEY); -- blocks that readers may still hold
  CREATE TABLE removed (key bytea PRIMARY KEY, changed xid8 NOT NULL, at timestamptz NOT NULL);
  CREATE INDEX removed_by_change ON removed (changed);
  CREATE TABLE versions (
    key bytea,
    version bigint,
    content bigint,                  -- NULL: the file was deleted
    size bigint NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (key, version)
  );
  CREATE INDEX versions_by_content ON versions (content);
  CREATE TABLE session (
    id int PRIMARY KEY CHECK (id = 1),
    number bigint NOT NULL,          -- only grows: tells a holder that was overtaken
    holder text,                     -- NULL: nobody
    backend int,                     -- the server's process that serves the holder
    expires_at timestamptz
  );
  INSERT INTO vault VALUES (1, 0, '0');
  INSERT INTO session VALUES (1, 0, NULL, NULL, NULL);
  CREATE TYPE outcome AS (
    status text,                     -- 'OK', or the code of an error
    at text,                         -- the path it is about
    content bigint, version bigint, size bigint, sha256 text, created_at timestamptz, modified_at timestamptz
  );
  ${SEARCH_TABLES}
  ${FILE_FUNCTIONS}
  ${SEARCH_FUNCTIONS}
  `,
];
