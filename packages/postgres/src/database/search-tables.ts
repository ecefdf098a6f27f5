/** Tables of the search index; rows of a file go with its entry, whoever removes it. */
export const SEARCH_TABLES = `
  CREATE TABLE search_documents (
    key bytea PRIMARY KEY REFERENCES entries ON DELETE CASCADE,
    attributes jsonb NOT NULL        -- what filters look at, beside what the entry says
  );
  CREATE TABLE search_passages (
    key bytea NOT NULL REFERENCES search_documents ON DELETE CASCADE,
    first bigint NOT NULL,           -- bytes of the file, the last exclusive
    behind bigint NOT NULL,
    line int NOT NULL,
    headings json NOT NULL,
    hash text NOT NULL,              -- of headings and text
    length int NOT NULL,             -- words
    words tsvector NOT NULL,         -- of the title and path with weight A, of headings B, of the text D
    changed xid8 NOT NULL DEFAULT pg_current_xact_id(),
    UNIQUE (key, first)
  );
  CREATE INDEX search_passages_by_change ON search_passages (changed);
  CREATE INDEX search_passages_by_words ON search_passages USING gin (words);
  CREATE TABLE search_vocabulary (word text PRIMARY KEY, passages bigint NOT NULL);
  CREATE TABLE search_settings (
    id int PRIMARY KEY CHECK (id = 1),
    vocabulary_to xid8 NOT NULL,     -- words of passages that changed before it are in the vocabulary
    embedder text                    -- the model whose vectors are kept
  );
  INSERT INTO search_settings VALUES (1, '0', NULL);
  CREATE TABLE search_turn (id int PRIMARY KEY CHECK (id = 1), holder text NOT NULL, ends_at timestamptz NOT NULL);
`;

/** Functions that change the search index; those that show files call the first of them. */
export const SEARCH_FUNCTIONS = `
  CREATE FUNCTION put_document(of_key bytea, document json) RETURNS void LANGUAGE plpgsql AS $$
  BEGIN
    DELETE FROM search_documents WHERE key = of_key;
    INSERT INTO search_documents VALUES (of_key, (document->>'attributes')::jsonb);
    INSERT INTO search_passages (key, first, behind, line, headings, hash, length, words)
      SELECT of_key, p.* FROM json_to_recordset(document->'passages')
        AS p (first bigint, behind bigint, line int, headings json, hash text, length int, words tsvector);
  END $$;

  -- Puts in what no write could, each only where it is still what was looked at, and nobody changes it now.
  CREATE FUNCTION index_files(mine bigint, files json) RETURNS void LANGUAGE plpgsql AS $$
  DECLARE
    file json;
    of_key bytea;
  BEGIN
    PERFORM assert_session(mine);
    FOR file IN SELECT * FROM json_array_elements(files) LOOP
      of_key := key_of(file->>'path');
      PERFORM FROM entries WHERE key = of_key AND version = (file->>'version')::bigint AND content IS NOT NULL
        AND indexed IS DISTINCT FROM version FOR NO KEY UPDATE SKIP LOCKED;
      CONTINUE WHEN NOT FOUND;
      PERFORM put_document(of_key, file->'document');
      UPDATE entries SET indexed = version WHERE key = of_key;
    END LOOP;
  END $$;

  -- Brings the words that others may be part of up to what is indexed; not while somebody else does.
  CREATE FUNCTION gather_vocabulary() RETURNS void LANGUAGE plpgsql AS $$
  DECLARE
    known_to xid8;
  BEGIN
    SELECT vocabulary_to INTO known_to FROM search_settings FOR NO KEY UPDATE SKIP LOCKED;
    IF NOT FOUND THEN RETURN; END IF;
    PERFORM FROM search_passages WHERE changed >= known_to LIMIT 1;
    IF NOT FOUND THEN RETURN; END IF;
    -- Those of who is still at it come the next time, and some are counted twice: only their order suffers.
    UPDATE search_settings SET vocabulary_to = pg_snapshot_xmin(pg_current_snapshot());
    INSERT INTO search_vocabulary
      SELECT word, ndoc FROM ts_stat(format('SELECT words FROM search_passages WHERE changed >= %L', known_to))
        WHERE length(word) >= 4
      ON CONFLICT (word) DO UPDATE SET passages = search_vocabulary.passages + excluded.passages;
  END $$;

  CREATE FUNCTION take_embedding_turn(who text, lease interval) RETURNS boolean LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO search_turn VALUES (1, who, clock_timestamp() + lease) ON CONFLICT (id) DO UPDATE
      SET holder = who, ends_at = excluded.ends_at WHERE search_turn.holder = who OR search_turn.ends_at < clock_timestamp();
    RETURN FOUND;
  END $$;
`;
