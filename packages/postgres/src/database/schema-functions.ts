/**
 * Functions that change files, each atomic. A condition that does not hold is told by a status, since an error would end the
 * transaction of a session. Locks are taken by key, and a directory is held while something is put into it.
 */
export const FILE_FUNCTIONS = `
  CREATE FUNCTION key_of(path text) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
    $$ SELECT decode(replace(replace(path, '\\', '\\\\'), '/', '\\000'), 'escape') $$;

  CREATE FUNCTION path_of(key bytea) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
  DECLARE
    slash int := position('\\x00'::bytea IN key);
  BEGIN
    WHILE slash > 0 LOOP
      key := set_byte(key, slash - 1, 47);
      slash := position('\\x00'::bytea IN key);
    END LOOP;
    RETURN convert_from(key, 'UTF8');
  END $$;

  CREATE FUNCTION moment() RETURNS timestamptz LANGUAGE sql AS
    $$ SELECT date_trunc('milliseconds', clock_timestamp()) $$;

  CREATE FUNCTION ring() RETURNS void LANGUAGE sql AS $$ SELECT pg_notify(current_schema(), '') $$;

  -- Beside what is there, so that who was overtaken, or lost its connection and got another, changes nothing.
  CREATE FUNCTION assert_session(mine bigint) RETURNS void LANGUAGE plpgsql AS $$
  BEGIN
    IF mine IS NULL THEN RETURN; END IF;
    PERFORM FROM session WHERE number = mine AND holder IS NOT NULL;
    IF NOT FOUND OR current_setting('f9.session', true) IS DISTINCT FROM mine::text THEN
      RAISE EXCEPTION 'session lost' USING ERRCODE = 'F9L01';
    END IF;
  END $$;

  -- Until the end of the transaction nobody takes the session over.
  CREATE FUNCTION hold_session(mine bigint) RETURNS void LANGUAGE plpgsql AS $$
  BEGIN
    PERFORM FROM session FOR SHARE;
    PERFORM assert_session(mine);
  END $$;

  CREATE FUNCTION session_class() RETURNS int LANGUAGE sql STABLE AS $$ SELECT hashtext('f9 session ' || current_schema()) $$;
  CREATE FUNCTION content_class() RETURNS int LANGUAGE sql STABLE AS $$ SELECT hashtext('f9 content ' || current_schema()) $$;
  CREATE FUNCTION lock_number(n bigint) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT (n % 2147483647)::int $$;

  -- The number of the session, which lives with this connection; NULL and who holds it where somebody does.
  CREATE FUNCTION take_session(who text, lease interval, OUT taken bigint, OUT held_by text) LANGUAGE plpgsql AS $$
  DECLARE
    known session;
  BEGIN
    SELECT * INTO known FROM session WHERE holder IS NOT NULL AND expires_at > clock_timestamp();
    -- The connection of a holder that died gave its lock back.
    IF FOUND AND NOT pg_try_advisory_xact_lock(session_class(), lock_number(known.number)) THEN
      held_by := known.holder;
      RETURN;
    END IF;
    SELECT * INTO known FROM session FOR UPDATE;
    IF known.holder IS NOT NULL AND NOT pg_try_advisory_xact_lock(session_class(), lock_number(known.number)) THEN
      IF known.expires_at > clock_timestamp() THEN
        held_by := known.holder;
        RETURN;
      END IF;
      -- It is silent, but its connection is not: what it wrote is undone, and no late commit can come.
      BEGIN
        PERFORM pg_terminate_backend(pid) FROM pg_locks
        WHERE locktype = 'advisory' AND granted AND pid = known.backend AND pid <> pg_backend_pid()
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
          AND classid::bigint = session_class()::bigint & 4294967295 AND objid::bigint = lock_number(known.number);
      EXCEPTION WHEN insufficient_privilege THEN
        NULL; -- Its number is old all the same.
      END;
    END IF;
    taken := known.number + 1;
    PERFORM pg_advisory_lock(session_class(), lock_number(taken));
    UPDATE session SET number = taken, holder = who, backend = pg_backend_pid(), expires_at = clock_timestamp() + lease;
  END $$;

  CREATE FUNCTION renew_session(mine bigint, lease interval) RETURNS boolean LANGUAGE plpgsql AS $$
  BEGIN
    UPDATE session SET expires_at = clock_timestamp() + lease WHERE number = mine AND holder IS NOT NULL;
    RETURN FOUND;
  END $$;

  CREATE FUNCTION release_session(mine bigint) RETURNS void LANGUAGE plpgsql AS $$
  BEGIN
    UPDATE session SET holder = NULL, backend = NULL, expires_at = NULL WHERE number = mine;
    PERFORM pg_advisory_unlock(session_class(), lock_number(mine));
  END $$;

  -- The outcome of what went well.
  CREATE FUNCTION done(e entries) RETURNS outcome LANGUAGE sql AS
    $$ SELECT 'OK', NULL::text, e.content, e.version, e.size, e.sha256, e.created_at, e.modified_at $$;
  CREATE FUNCTION refused(status text, at text) RETURNS outcome LANGUAGE sql AS
    $$ SELECT status, at, NULL::bigint, NULL::bigint, NULL::bigint, NULL::text, NULL::timestamptz, NULL::timestamptz $$;

  -- Whether this is a change by itself, and no part of a session, whose locks would make readers wait.
  CREATE FUNCTION is_plain() RETURNS boolean LANGUAGE sql STABLE AS
    $$ SELECT coalesce(current_setting('f9.session', true), '') = '' $$;

  -- What a file held, if there was one, goes into the history, or away: at once where nobody can be in the middle of it.
  CREATE FUNCTION put_aside(e entries, keeps_history boolean) RETURNS void LANGUAGE plpgsql AS $$
  BEGIN
    IF e.content IS NULL THEN RETURN; END IF;
    IF keeps_history THEN
      INSERT INTO versions VALUES (e.key, e.version, e.content, e.size, e.modified_at) ON CONFLICT DO NOTHING;
    ELSIF NOT EXISTS (SELECT FROM versions WHERE content = e.content) THEN
      IF e.size <= 1048576 OR (is_plain() AND pg_try_advisory_xact_lock(content_class(), lock_number(e.content))) THEN
        DELETE FROM blocks WHERE content = e.content;
      ELSE
        INSERT INTO discarded VALUES (e.content);
      END IF;
    END IF;
  END $$;

  CREATE FUNCTION forget(e entries, keeps_history boolean) RETURNS void LANGUAGE plpgsql AS $$
  BEGIN
    IF keeps_history AND e.content IS NOT NULL THEN
      INSERT INTO versions VALUES (e.key, nextval('numbers'), NULL, 0, moment());
    END IF;
    INSERT INTO removed VALUES (e.key, pg_current_xact_id(), moment())
      ON CONFLICT (key) DO UPDATE SET changed = excluded.changed, at = excluded.at;
    DELETE FROM entries WHERE key = e.key;
  END $$;

  -- Removes blocks that nobody reads any more.
  CREATE FUNCTION sweep() RETURNS void LANGUAGE plpgsql AS $$
  DECLARE
    unread bigint;
  BEGIN
    FOR unread IN SELECT content FROM discarded LIMIT 1000 FOR UPDATE SKIP LOCKED LOOP
      IF pg_try_advisory_xact_lock(content_class(), lock_number(unread)) THEN
        DELETE FROM blocks WHERE content = unread;
        DELETE FROM discarded WHERE content = unread;
      END IF;
    END LOOP;
  END $$;

  -- Clears what writers left behind that began more than a day ago, and forgets removals of more than 30 days ago.
  CREATE FUNCTION tidy() RETURNS void LANGUAGE plpgsql AS $$
  BEGIN
    PERFORM discard(content) FROM staged WHERE since < now() - interval '1 day';
    WITH forgotten AS (
      DELETE FROM removed WHERE at < now() - interval '30 days' RETURNING changed
    )
    UPDATE vault SET changes_known_from = greatest(changes_known_from, (SELECT max(changed) FROM forgotten));
    PERFORM sweep();
  END $$;

  -- Makes what a path lacks above it, and holds its directory. The path of the file in the way, or NULL.
  CREATE FUNCTION make_parents(path text) RETURNS text LANGUAGE plpgsql AS $$
  DECLARE
    names text[] := string_to_array(path, '/');
    depth int := array_length(names, 1) - 1;
    above text;
    is_directory boolean;
  BEGIN
    IF depth = 0 THEN RETURN NULL; END IF;
    LOOP
      above := array_to_string(names[1:depth], '/');
      SELECT content IS NULL INTO is_directory FROM entries WHERE key = key_of(above) FOR KEY SHARE;
      IF FOUND THEN RETURN CASE WHEN is_directory THEN NULL ELSE above END; END IF;
      FOR i IN 1..depth LOOP
        above := array_to_string(names[1:i], '/');
        SELECT content IS NULL INTO is_directory FROM entries WHERE key = key_of(above) FOR KEY SHARE;
        IF FOUND AND NOT is_directory THEN RETURN above; END IF;
        IF NOT FOUND THEN
          INSERT INTO entries (key, content, version, size, created_at, modified_at)
            VALUES (key_of(above), NULL, 0, 0, moment(), moment()) ON CONFLICT DO NOTHING;
        END IF;
      END LOOP;
    END LOOP;
  END $$;

  -- Puts a file where nothing is, or in the place of \`current\`. NULL where somebody else came first.
  CREATE FUNCTION put_file(path text, current entries, new_content bigint, new_version bigint, new_size bigint, new_sha256 text,
    document json) RETURNS outcome LANGUAGE plpgsql AS $$
  DECLARE
    in_the_way text;
    entry entries;
  BEGIN
    IF current.key IS NOT NULL THEN
      UPDATE entries SET content = new_content, version = new_version, size = new_size, sha256 = new_sha256,
        modified_at = moment(), changed = pg_current_xact_id(), indexed = CASE WHEN document IS NOT NULL THEN new_version END
        WHERE key = current.key RETURNING * INTO entry;
    ELSE
      in_the_way := make_parents(path);
      IF in_the_way IS NOT NULL THEN RETURN refused('NOT_DIRECTORY', in_the_way); END IF;
      INSERT INTO entries (key, content, version, size, sha256, created_at, modified_at, indexed)
        VALUES (key_of(path), new_content, new_version, new_size, new_sha256, moment(), moment(),
          CASE WHEN document IS NOT NULL THEN new_version END)
        ON CONFLICT DO NOTHING RETURNING * INTO entry;
      IF NOT FOUND THEN RETURN NULL; END IF;
    END IF;
    IF document IS NOT NULL THEN
      PERFORM put_document(entry.key, document);
    ELSIF current.key IS NOT NULL THEN
      -- Found by what it says from the next search on, and no longer by what it said.
      DELETE FROM search_documents WHERE key = entry.key;
    END IF;
    PERFORM ring();
    RETURN done(entry);
  END $$;

  -- Whether what is there lets a file be written; NULL: it does.
  CREATE FUNCTION refusal(path text, current entries, if_exists text, if_missing text, if_match text)
    RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
      WHEN current.key IS NULL THEN
        CASE WHEN if_missing = 'fail' THEN 'NOT_FOUND' WHEN if_match IS NOT NULL THEN 'PRECONDITION_FAILED' END
      WHEN if_exists = 'fail' THEN 'ALREADY_EXISTS'
      WHEN current.content IS NULL THEN 'IS_DIRECTORY'
      WHEN if_match IS NOT NULL AND current.version::text <> if_match THEN 'PRECONDITION_FAILED'
    END $$;

  -- The blocks of a write, before anybody can see them.
  CREATE FUNCTION stage(mine bigint, staged_as bigint, start bigint, bytes bytea) RETURNS bigint LANGUAGE plpgsql AS $$
  BEGIN
    PERFORM assert_session(mine);
    IF staged_as IS NULL THEN
      staged_as := nextval('numbers');
      INSERT INTO staged VALUES (staged_as, moment());
    END IF;
    INSERT INTO blocks VALUES (staged_as, start, bytes);
    RETURN staged_as;
  END $$;

  CREATE FUNCTION discard(staged_as bigint) RETURNS void LANGUAGE plpgsql AS $$
  BEGIN
    DELETE FROM staged WHERE content = staged_as;
    IF FOUND THEN DELETE FROM blocks WHERE content = staged_as; END IF;
  END $$;

  -- What a writer put in becomes a file's.
  CREATE FUNCTION unstage(staged_as bigint) RETURNS void LANGUAGE plpgsql AS $$
  BEGIN
    DELETE FROM staged WHERE content = staged_as;
    IF NOT FOUND THEN RAISE EXCEPTION 'cleared away as abandoned' USING ERRCODE = 'F9S01'; END IF;
  END $$;

  -- Shows a file whose bytes are given, or staged.
  CREATE FUNCTION write_file(mine bigint, path text, bytes bytea, staged_as bigint, staged_size bigint, staged_sha256 text,
    if_exists text, if_missing text, if_match text, keeps_history boolean, document json) RETURNS outcome LANGUAGE plpgsql AS $$
  DECLARE
    current entries;
    refused_as text;
    number bigint;
    result outcome;
  BEGIN
    PERFORM assert_session(mine);
    LOOP
      SELECT * INTO current FROM entries WHERE key = key_of(path) FOR NO KEY UPDATE;
      refused_as := refusal(path, current, if_exists, if_missing, if_match);
      IF refused_as IS NOT NULL THEN RETURN refused(refused_as, path); END IF;
      number := coalesce(staged_as, nextval('numbers'));
      IF staged_as IS NULL THEN
        result := put_file(path, current, number, number, length(bytes), encode(sha256(bytes), 'hex'), document);
      ELSE
        result := put_file(path, current, number, number, staged_size, staged_sha256, document);
      END IF;
      EXIT WHEN result.status IS NOT NULL;
    END LOOP;
    IF result.status <> 'OK' THEN RETURN result; END IF;
    IF staged_as IS NULL THEN
      IF length(bytes) > 0 THEN INSERT INTO blocks VALUES (number, 0, bytes); END IF;
    ELSE
      PERFORM unstage(staged_as);
    END IF;
    PERFORM put_aside(current, keeps_history);
    RETURN result;
  END $$;

  -- Small files, in the order given.
  CREATE FUNCTION write_files(mine bigint, files json, keeps_history boolean) RETURNS SETOF outcome LANGUAGE plpgsql AS $$
  DECLARE
    file json;
  BEGIN
    FOR file IN SELECT * FROM json_array_elements(files) LOOP
      RETURN NEXT write_file(mine, file->>'path', decode(file->>'data', 'base64'), NULL, NULL, NULL,
        file->>'ifExists', file->>'ifMissing', file->>'ifMatch', keeps_history, file->'document');
    END LOOP;
  END $$;

  CREATE FUNCTION append_file(mine bigint, path text, bytes bytea, staged_as bigint, staged_size bigint,
    if_match text, keeps_history boolean) RETURNS outcome LANGUAGE plpgsql AS $$
  DECLARE
    current entries;
  BEGIN
    PERFORM assert_session(mine);
    SELECT * INTO current FROM entries WHERE key = key_of(path) FOR NO KEY UPDATE;
    IF NOT FOUND THEN RETURN refused('NOT_FOUND', path); END IF;
    IF current.content IS NULL THEN RETURN refused('IS_DIRECTORY', path); END IF;
    IF if_match IS NOT NULL AND current.version::text <> if_match THEN RETURN refused('PRECONDITION_FAILED', path); END IF;
    -- Bytes are only ever added to a content: an older version is the beginning of it.
    IF keeps_history THEN PERFORM put_aside(current, true); END IF;
    IF staged_as IS NULL THEN
      IF length(bytes) > 0 THEN
        -- Few bytes join the last block, so that a log of many lines is not as many rows.
        UPDATE blocks b SET bytes = b.bytes || append_file.bytes
          WHERE b.content = current.content AND length(b.bytes) + length(append_file.bytes) <= 16384
            AND b.start = (SELECT max(last.start) FROM blocks last WHERE last.content = current.content);
        IF NOT FOUND THEN INSERT INTO blocks VALUES (current.content, current.size, bytes); END IF;
      END IF;
    ELSE
      PERFORM unstage(staged_as);
      UPDATE blocks SET content = current.content, start = start + current.size WHERE content = staged_as;
    END IF;
    RETURN put_file(path, current, current.content, nextval('numbers'), current.size + coalesce(staged_size, length(bytes)), NULL, NULL);
  END $$;

  CREATE FUNCTION make_directory(mine bigint, path text, if_exists text) RETURNS outcome LANGUAGE plpgsql AS $$
  DECLARE
    current entries;
    in_the_way text;
  BEGIN
    PERFORM assert_session(mine);
    LOOP
      SELECT * INTO current FROM entries WHERE key = key_of(path) FOR KEY SHARE;
      IF FOUND THEN
        IF if_exists = 'fail' THEN RETURN refused('ALREADY_EXISTS', path); END IF;
        IF current.content IS NOT NULL THEN RETURN refused('NOT_DIRECTORY', path); END IF;
        RETURN done(current);
      END IF;
      in_the_way := make_parents(path);
      IF in_the_way IS NOT NULL THEN RETURN refused('NOT_DIRECTORY', in_the_way); END IF;
      INSERT INTO entries (key, content, version, size, created_at, modified_at)
        VALUES (key_of(path), NULL, 0, 0, moment(), moment()) ON CONFLICT DO NOTHING RETURNING * INTO current;
      IF FOUND THEN
        PERFORM ring();
        RETURN done(current);
      END IF;
    END LOOP;
  END $$;

  CREATE FUNCTION below(directory bytea, OUT first bytea, OUT behind bytea) LANGUAGE sql IMMUTABLE AS
    $$ SELECT directory || '\\x00'::bytea, directory || '\\x01'::bytea $$;

  CREATE FUNCTION remove_entry(mine bigint, path text, if_match text, keeps_history boolean) RETURNS outcome LANGUAGE plpgsql AS $$
  DECLARE
    current entries;
    tree record;
  BEGIN
    PERFORM assert_session(mine);
    SELECT * INTO current FROM entries WHERE key = key_of(path) FOR UPDATE;
    IF NOT FOUND THEN RETURN refused('NOT_FOUND', path); END IF;
    IF if_match IS NOT NULL AND (current.content IS NULL OR current.version::text <> if_match) THEN
      RETURN refused('PRECONDITION_FAILED', path);
    END IF;
    IF current.content IS NULL THEN
      tree := below(current.key);
      PERFORM FROM entries WHERE key > tree.first AND key < tree.behind LIMIT 1;
      IF FOUND THEN RETURN refused('DIRECTORY_NOT_EMPTY', path); END IF;
    END IF;
    PERFORM put_aside(current, keeps_history);
    PERFORM forget(current, keeps_history);
    PERFORM ring();
    RETURN done(current);
  END $$;

  CREATE FUNCTION remove_files(mine bigint, files json, keeps_history boolean) RETURNS SETOF outcome LANGUAGE plpgsql AS $$
  DECLARE
    file json;
  BEGIN
    FOR file IN SELECT * FROM json_array_elements(files) LOOP
      RETURN NEXT remove_entry(mine, file->>'path', file->>'ifMatch', keeps_history);
    END LOOP;
  END $$;

  -- Takes hold of a directory and all that is in it, so that nobody puts anything into it any more.
  CREATE FUNCTION hold_tree(path text) RETURNS void LANGUAGE plpgsql AS $$
  DECLARE
    tree record := below(key_of(path));
    held bigint := -1;
    found_now bigint;
  BEGIN
    LOOP
      -- Each look sees what was put in before the directories of the last one were held.
      SELECT count(*) INTO found_now FROM (
        SELECT FROM entries WHERE key = key_of(path) OR (key > tree.first AND key < tree.behind) ORDER BY key FOR UPDATE
      ) all_of_it;
      EXIT WHEN found_now = held;
      held := found_now;
    END LOOP;
  END $$;

  CREATE FUNCTION remove_tree(mine bigint, path text, keeps_history boolean) RETURNS void LANGUAGE plpgsql AS $$
  DECLARE
    tree record := below(key_of(path));
  BEGIN
    PERFORM assert_session(mine);
    PERFORM hold_tree(path);
    WITH gone AS (
      DELETE FROM entries WHERE key = key_of(path) OR (key > tree.first AND key < tree.behind) RETURNING *
    ), told AS (
      INSERT INTO removed SELECT key, pg_current_xact_id(), moment() FROM gone
        ON CONFLICT (key) DO UPDATE SET changed = excluded.changed, at = excluded.at
    ), kept AS (
      INSERT INTO versions SELECT key, version, content, size, modified_at FROM gone WHERE content IS NOT NULL AND keeps_history
        ON CONFLICT DO NOTHING
    ), ended AS (
      INSERT INTO versions SELECT key, nextval('numbers'), NULL, 0, moment() FROM gone WHERE content IS NOT NULL AND keeps_history
    ), left_over AS (
      INSERT INTO discarded SELECT content FROM gone WHERE content IS NOT NULL AND NOT keeps_history AND size > 1048576
        AND NOT EXISTS (SELECT FROM versions v WHERE v.content = gone.content)
    )
    DELETE FROM blocks USING gone WHERE blocks.content = gone.content AND NOT keeps_history AND gone.size <= 1048576
      AND NOT EXISTS (SELECT FROM versions v WHERE v.content = gone.content);
    IF is_plain() THEN PERFORM sweep(); END IF;
    PERFORM ring();
  END $$;

  -- Holds two entries, by key.
  CREATE FUNCTION hold_both(one bytea, other bytea) RETURNS void LANGUAGE sql AS
    $$ SELECT FROM entries WHERE key IN (one, other) ORDER BY key FOR UPDATE $$;

  CREATE FUNCTION transfer_file(mine bigint, moves boolean, source text, target text, if_exists text, if_missing text, if_match text,
    keeps_history boolean) RETURNS outcome LANGUAGE plpgsql AS $$
  DECLARE
    given entries;
    current entries;
    refused_as text;
    number bigint;
    result outcome;
  BEGIN
    PERFORM assert_session(mine);
    LOOP
      PERFORM hold_both(key_of(source), key_of(target));
      SELECT * INTO given FROM entries WHERE key = key_of(source) FOR UPDATE;
      IF NOT FOUND THEN RETURN refused('NOT_FOUND', source); END IF;
      IF given.content IS NULL THEN RETURN refused('IS_DIRECTORY', source); END IF;
      SELECT * INTO current FROM entries WHERE key = key_of(target) FOR UPDATE;
      refused_as := refusal(target, current, if_exists, if_missing, if_match);
      IF refused_as IS NOT NULL THEN RETURN refused(refused_as, target); END IF;
      IF moves THEN
        result := put_file(target, current, given.content, given.version, given.size, given.sha256, NULL);
      ELSE
        number := nextval('numbers');
        result := put_file(target, current, number, number, given.size, given.sha256, NULL);
      END IF;
      EXIT WHEN result.status IS NOT NULL;
    END LOOP;
    IF result.status <> 'OK' THEN RETURN result; END IF;
    PERFORM put_aside(current, keeps_history);
    IF moves THEN
      IF keeps_history THEN PERFORM put_aside(given, true); END IF;
      PERFORM forget(given, keeps_history);
      UPDATE entries SET created_at = given.created_at, modified_at = given.modified_at WHERE key = key_of(target);
      result.created_at := given.created_at;
      result.modified_at := given.modified_at;
    ELSE
      -- A version that ends within a block, since more was appended, is copied to its end.
      INSERT INTO blocks SELECT number, start, substr(bytes, 1, least(length(bytes), given.size - start)::int)
        FROM blocks WHERE content = given.content AND start < given.size;
    END IF;
    RETURN result;
  END $$;

  -- Moves or copies a directory with all that is in it, all or nothing.
  CREATE FUNCTION transfer_tree(mine bigint, moves boolean, source text, target text, if_exists text, keeps_history boolean)
    RETURNS outcome LANGUAGE plpgsql AS $$
  DECLARE
    tree record := below(key_of(source));
    made outcome;
    one outcome;
    entry record;
    place text;
  BEGIN
    PERFORM assert_session(mine);
    PERFORM hold_tree(source);
    PERFORM FROM entries WHERE key = key_of(source) AND content IS NULL;
    IF NOT FOUND THEN RETURN refused('NOT_FOUND', source); END IF;
    BEGIN
      made := make_directory(mine, target, CASE if_exists WHEN 'fail' THEN 'fail' ELSE 'keep' END);
      IF made.status <> 'OK' THEN RETURN made; END IF;
      FOR entry IN SELECT path_of(key) AS path, content FROM entries WHERE key > tree.first AND key < tree.behind ORDER BY key LOOP
        place := target || substr(entry.path, length(source) + 1);
        IF octet_length(place) > 2048 THEN
          one := refused('INVALID_PATH', place);
          RAISE EXCEPTION 'blocked' USING ERRCODE = 'F9B01';
        END IF;
        IF entry.content IS NULL THEN
          one := make_directory(mine, place, 'keep');
        ELSE
          one := transfer_file(mine, moves, entry.path, place, CASE if_exists WHEN 'fail' THEN 'fail' ELSE 'replace' END, 'create', NULL,
            keeps_history);
        END IF;
        IF one.status <> 'OK' THEN RAISE EXCEPTION 'blocked' USING ERRCODE = 'F9B01'; END IF;
      END LOOP;
    EXCEPTION WHEN SQLSTATE 'F9B01' THEN
      RETURN one;
    END;
    IF moves THEN PERFORM remove_tree(mine, source, keeps_history); END IF;
    RETURN made;
  END $$;

  CREATE FUNCTION keep_checksum(mine bigint, path text, of_version bigint, checksum text) RETURNS void LANGUAGE sql AS
    $$ UPDATE entries SET sha256 = checksum WHERE key = key_of(path) AND version = of_version $$;

  -- Names in a path.
  CREATE FUNCTION depth_of(key bytea) RETURNS int LANGUAGE sql IMMUTABLE AS
    $$ SELECT 1 + length(key) - length(decode(replace(encode(key, 'escape'), '\\000', ''), 'escape')) $$;

  -- A page of what is in a directory, at most so many names deep: behind a directory that is not entered it leaps.
  CREATE FUNCTION list_page(directory bytea, after bytea, deep int, how_many int) RETURNS SETOF entries LANGUAGE plpgsql STABLE AS $$
  DECLARE
    behind bytea := CASE WHEN directory = '' THEN '\\xff'::bytea ELSE directory || '\\x01'::bytea END;
    base int := CASE WHEN directory = '' THEN 0 ELSE depth_of(directory) END;
    entry entries;
  BEGIN
    FOR i IN 1..how_many LOOP
      SELECT * INTO entry FROM entries WHERE key > after AND key < behind ORDER BY key LIMIT 1;
      EXIT WHEN NOT FOUND;
      RETURN NEXT entry;
      -- Nothing but what is below it lies between "dir" and "dir" and 0xffff: no UTF-8 holds these bytes.
      after := CASE WHEN depth_of(entry.key) - base >= deep THEN entry.key || '\\x00ff'::bytea ELSE entry.key END;
    END LOOP;
  END $$;
`;
