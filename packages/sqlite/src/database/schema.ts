/** The mark of a database that is a vault: `f9v1` in ASCII. */
export const APPLICATION_ID = 0x66397631;

/** Steps from one version of the tables to the next; the first makes them. A released step is never changed. */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE entries (
    key BLOB PRIMARY KEY,     -- the path with 0 for "/", so that its order is that of a tree that is walked
    path TEXT NOT NULL UNIQUE,
    parent BLOB NOT NULL,
    content INTEGER,          -- whose blocks hold the bytes; NULL: a directory
    version INTEGER NOT NULL, -- never given twice
    size INTEGER NOT NULL,
    sha256 TEXT,              -- NULL: not known
    created_at INTEGER NOT NULL,
    modified_at INTEGER NOT NULL,
    indexed INTEGER           -- the version that the search index holds
  ) WITHOUT ROWID;
  CREATE INDEX entries_by_parent ON entries (parent, key);
  CREATE INDEX entries_not_indexed ON entries (key) WHERE content IS NOT NULL AND indexed IS NOT version;
  CREATE TABLE blocks (
    content INTEGER NOT NULL,
    start INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (content, start)
  );
  CREATE TABLE staged (
    content INTEGER PRIMARY KEY AUTOINCREMENT, -- never given twice
    since INTEGER NOT NULL
  );
  CREATE TABLE versions (
    path TEXT NOT NULL,
    version INTEGER NOT NULL,
    content INTEGER,          -- NULL: the file was deleted
    size INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (path, version)
  ) WITHOUT ROWID;
  CREATE TABLE session (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    number INTEGER NOT NULL,  -- only grows: tells a holder that was overtaken
    holder TEXT,              -- NULL: nobody
    process TEXT,             -- of the holder, as JSON
    expires_at INTEGER NOT NULL
  );
  INSERT INTO session (id, number, expires_at) VALUES (1, 0, 0);
  `,
];
