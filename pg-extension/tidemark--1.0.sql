-- tidemark 1.0: every DDL statement as a logical message, signed, at its place in its transaction.
--
-- Event triggers describe what a statement did; a consumer of logical decoding gets it as a message
-- of prefix tidemark.ddl, before the rows that follow. README.md says what is in it. All of this is
-- SQL and PL/pgSQL; the library tidemark.so, where it can be put on the server, knows the text of
-- the running statement better.

-- Owns all of it and may do nothing: what is SECURITY DEFINER here runs as this role.
-- Whoever is a member of it can sign; up to PostgreSQL 15 a role with CREATEROLE can make itself one.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'tidemark_ddl') THEN
    CREATE ROLE tidemark_ddl NOLOGIN;
  END IF;
  -- Who is no superuser gives away only what is then still its own: as a member of that role.
  IF NOT (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) THEN
    GRANT tidemark_ddl TO CURRENT_USER;
  END IF;
EXCEPTION WHEN insufficient_privilege THEN
  -- It may be one already; if not, what is given away below says so.
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'tidemark_ddl') THEN
    RAISE;
  END IF;
END $$;

-- The version, where this is not installed as an extension.
COMMENT ON SCHEMA tidemark IS 'tidemark 1.0';
REVOKE ALL ON SCHEMA tidemark FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA tidemark TO tidemark_ddl;

-- The key of the signatures. No publication sends a materialized view, not even FOR ALL TABLES; and
-- a physical standby has it. REFRESH MATERIALIZED VIEW makes a new key.
CREATE MATERIALIZED VIEW tidemark.signing_key AS
  SELECT pg_catalog.decode(pg_catalog.replace(
           pg_catalog.gen_random_uuid()::text || pg_catalog.gen_random_uuid()::text, '-', ''), 'hex')
         AS key;

-- HMAC-SHA-256 of a key of 32 bytes, which PostgreSQL has no function for.
CREATE FUNCTION tidemark.hmac(message bytea, key bytea) RETURNS bytea
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT sha256(p.outer_pad || sha256(p.inner_pad || message))
    FROM (SELECT string_agg(set_byte('\x00', 0, b # 54), '' ORDER BY i) AS inner_pad,
                 string_agg(set_byte('\x00', 0, b # 92), '' ORDER BY i) AS outer_pad
            FROM generate_series(0, 63) i,
                 LATERAL (SELECT CASE WHEN i < 32 THEN get_byte(key, i) ELSE 0 END AS b) k) p
$$;

-- Whether an error of ours fails the user's statement. Replaced by an installation with --strict.
CREATE FUNCTION tidemark.is_strict() RETURNS boolean
LANGUAGE sql IMMUTABLE
AS $$ SELECT false $$;

-- The exact text of the running statement: NULL without the library, and in sessions that have not
-- preloaded it.
DO $$
BEGIN
  CREATE FUNCTION tidemark.running_statement() RETURNS text
    LANGUAGE c STABLE AS '$libdir/tidemark', 'tidemark_running_statement';
EXCEPTION WHEN undefined_file OR undefined_function OR insufficient_privilege THEN
  CREATE FUNCTION tidemark.running_statement() RETURNS text
    LANGUAGE sql STABLE AS 'SELECT NULL::pg_catalog.text';
END $$;

-- How often this backend has read it since it last sent its statistics, which it does between
-- transactions, not within a string of statements: a count that no setting and no rollback takes back.
CREATE MATERIALIZED VIEW tidemark.tally AS SELECT WHERE false;

-- The statement that begins at a place of a string of statements: where the next one begins; its text,
-- less comments and a semicolon around it; and its words in capitals, with a space for a comment and ''
-- for a constant or a name in quotes, about 10,000 characters of them. 'next' is 0 if its end
-- cannot be told: a constant or comment that does not end; a constant with a backslash before a quote,
-- which standard_conforming_strings at the time of parsing decides on; a body without quotes (BEGIN
-- ATOMIC), whose semicolons are its own.
CREATE FUNCTION tidemark.statement_at(query text, start integer,
  OUT next integer, OUT body text, OUT words text)
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  -- Letters, digits, _, $ and all that is not ASCII; the first of a word is no digit and no $.
  letter constant text := '[^\u0001-\u0023\u0025-\u002f\u003a-\u0040\u005b-\u005e\u0060\u007b-\u007f]';
  initial constant text := '[^\u0001-\u0040\u005b-\u005e\u0060\u007b-\u007f]';
  -- A constant or name in quotes, as there are many: a quote in it begins another one.
  quoted constant text := '''[^''\\]*''|"[^"]*"';
  -- What cannot matter, words whole, so that neither e'' nor $1 nor a$b begins in one.
  plain constant text := '^(?:[\u0001-\u0021\u0023\u0025\u0026\u0028-\u002c\u002e\u0030-\u003a\u003c-\u0040\u005b-\u005e\u0060\u007b-\u007f]'
    || '|[-/](?![-*/])|' || quoted || '|' || initial || letter || '*(?!' || letter || '|''))+';
  space constant text := E' \t\r\n\f\x0b';
  total constant integer := length(query);
  -- What is read of the string at a time: more only where a token is longer.
  width integer := 2000;
  place integer := start;
  rest text := substr(query, start, width);
  token text;
  word text;
  first integer;
  last integer := 0;
  ends integer;
  depth integer := 0;
  comments integer;
BEGIN
  next := 0;
  body := '';
  words := '';
  WHILE rest <> '' LOOP
    word := NULL;
    IF starts_with(rest, '--') THEN
      token := substring(rest from '^[^\r\n]*');
      word := ' ';
    ELSIF starts_with(rest, '/*') THEN
      comments := 0;
      ends := 1;
      LOOP
        token := substring(substr(rest, ends) from '^(?:[^*/]|\*(?!/)|/(?!\*))*(?:\*/|/\*)');
        EXIT WHEN token IS NULL;
        comments := comments + CASE WHEN token LIKE '%/*' THEN 1 ELSE -1 END;
        ends := ends + length(token);
        EXIT WHEN comments = 0;
      END LOOP;
      token := CASE WHEN token IS NOT NULL THEN left(rest, ends - 1) END;
      word := ' ';
    ELSIF starts_with(rest, '''') THEN
      token := substring(rest from '^''(?:[^'']|'''')*''');
      word := ' '''' ';
    ELSIF starts_with(rest, '"') THEN
      token := substring(rest from '^"(?:[^"]|"")*"');
      word := ' '''' ';
    ELSIF starts_with(rest, '$') THEN
      token := substring(rest from '^\$(?:' || initial || '(?:(?!\$)' || letter || ')*)?\$');
      IF token IS NULL THEN
        token := '$';
      ELSE
        ends := strpos(substr(rest, length(token) + 1), token);
        token := CASE WHEN ends > 0 THEN left(rest, ends - 1 + 2 * length(token)) END;
        word := ' '''' ';
      END IF;
    ELSIF starts_with(rest, ';') THEN
      token := ';';
      IF depth <= 0 THEN
        next := place + 1;
        EXIT;
      END IF;
    ELSE
      token := substring(rest from plain);
      IF token IS NOT NULL THEN
        NULL;
      ELSIF rest ~* '^e''' THEN
        -- Another one on a later line goes on with it.
        token := substring(rest from '^[eE]''(?:[^''\\]|\\.|'''')*''(?:[ \t\f\r]*\n\s*''(?:[^''\\]|\\.|'''')*'')*');
        word := ' '''' ';
      ELSE
        -- A word right before a quote: u&'', b'', x'', n''; or one of two characters that were none.
        token := coalesce(substring(rest from '^' || initial || letter || '*'), left(rest, 1));
      END IF;
    END IF;

    IF (token IS NULL OR token = rest) AND place + length(rest) <= total THEN
      -- It may go on behind what was read.
      width := width * 8;
      rest := substr(query, place, width);
      CONTINUE;
    END IF;
    EXIT WHEN token IS NULL OR starts_with(rest, '''') AND strpos(token, '\''') > 0;
    IF word IS NULL THEN
      word := upper(regexp_replace(token, quoted, ' '''' ', 'g'));
      depth := depth + length(replace(word, ')', '')) - length(replace(word, '(', ''));
    END IF;
    IF length(words) < 10000 THEN
      words := words || left(word, 10000);
    END IF;
    IF word <> ' ' AND btrim(token, space) <> '' THEN
      first := coalesce(first, place + length(token) - length(ltrim(token, space)));
      last := place + length(rtrim(token, space));
    END IF;
    EXIT WHEN word ~ '\mATOMIC\M';
    place := place + length(token);
    rest := substr(rest, length(token) + 1);
    IF (width > 2000 OR length(rest) < 500) AND place + length(rest) <= total THEN
      width := 2000;
      rest := substr(query, place, width);
    END IF;
  END LOOP;
  IF next = 0 AND place > total THEN
    next := place;
  END IF;
  -- Of one that does not end, the comments before it alone are known.
  body := CASE WHEN next > 0 THEN substr(query, first, last - first) ELSE substr(query, first) END;
  body := coalesce(body, '');
  words := ltrim(regexp_replace(words, '\s+', ' ', 'g'));
END $$;

-- The same of one statement after the other: 'part' is of the string what 'base' begins, so that not
-- all of it is counted off for each; NULL at first.
CREATE FUNCTION tidemark.next_statement(query text, start integer, INOUT part text, INOUT base integer,
  OUT next integer, OUT body text, OUT words text)
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  width constant integer := 10000;
  piece record;
BEGIN
  IF part IS NULL OR length(part) = width AND start - base > width - 2000 THEN
    part := substr(query, start, width);
    base := start;
  END IF;
  piece := tidemark.statement_at(part, start - base + 1);
  IF length(part) = width AND (piece.next = 0 OR piece.next > width) THEN
    piece := tidemark.statement_at(query, start);
    next := piece.next;
  ELSE
    next := CASE WHEN piece.next = 0 THEN 0 ELSE piece.next + base - 1 END;
  END IF;
  body := piece.body;
  words := piece.words;
END $$;

-- Whether a statement, by its words, can be the one that an event trigger has this tag of.
CREATE FUNCTION tidemark.is_of_tag(words text, tag text) RETURNS boolean
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT CASE tag
      WHEN 'SELECT INTO' THEN words ~ '^(SELECT|WITH|TABLE|VALUES|\()'
        AND (words ~ '\mINTO\M' OR length(words) >= 10000)
      WHEN 'CREATE TABLE AS' THEN starts_with(plain, 'CREATE TABLE ')
      ELSE starts_with(plain || ' ', tag || ' ')
    END
    FROM regexp_replace(words,
           '^(CREATE) (?:(?:OR REPLACE|GLOBAL|LOCAL|TEMP|TEMPORARY|UNLOGGED|UNIQUE|RECURSIVE|CONSTRAINT|TRUSTED|PROCEDURAL|DEFAULT) )+',
           '\1 ') plain
$$;

-- Whether a statement, by its words, is one that event triggers hear of. NULL if that is not known.
CREATE FUNCTION tidemark.has_events(words text) RETURNS boolean
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT CASE
      WHEN words ~ '^REINDEX\M' THEN current_setting('server_version_num')::integer >= 170000
      WHEN words ~ '^(GRANT|REVOKE)\M' THEN
        -- Roles are granted without ON; a table may be called database.
        CASE WHEN words ~ '\mON\M' THEN
               words !~ '\mON (DATABASE|TABLESPACE|PARAMETER)\M(?! ?(TO\M|FROM\M|[,.]))'
             WHEN length(words) < 10000 THEN false
        END
      ELSE words ~ '^(CREATE|ALTER|DROP|COMMENT|SECURITY|REFRESH|IMPORT|REASSIGN)\M'
        AND words !~ '^(CREATE|ALTER|DROP) (DATABASE|ROLE|USER(?! MAPPING)|GROUP|TABLESPACE|SYSTEM|EVENT TRIGGER)\M'
        AND words !~ '^(COMMENT|SECURITY LABEL( FOR \S+)?) ON (DATABASE|TABLESPACE|ROLE|EVENT TRIGGER)\M'
    END
$$;

-- The only statement of a string that can be of a tag; NULL if there are several.
CREATE FUNCTION tidemark.only_of_tag(query text, tag text) RETURNS text
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  total constant integer := length(query);
  place integer := 1;
  part text;
  base integer;
  piece record;
  found text;
BEGIN
  WHILE place <= total LOOP
    piece := tidemark.next_statement(query, place, part, base);
    part := piece.part;
    base := piece.base;
    IF piece.next = 0 OR found IS NOT NULL AND tidemark.is_of_tag(piece.words, tag) THEN
      RETURN NULL;
    END IF;
    IF tidemark.is_of_tag(piece.words, tag) THEN
      found := piece.body;
    END IF;
    place := piece.next;
  END LOOP;
  RETURN found;
END $$;

CREATE FUNCTION tidemark.signature(content text) RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT encode(tidemark.hmac(convert_to('place ' || content, 'UTF8'), key), 'hex')
    FROM tidemark.signing_key
$$;

-- The statement of a string of statements that runs at an event, NULL if that cannot be told. Events
-- of one string come in its order, so how far it is read is kept from one to the next, in a session
-- setting, as that outlives a COMMIT in the string. Anyone may change it, and a rollback does: it is
-- signed, and says how many events the tally had. Where it is not that of the last event, only a
-- statement that is the string's only one of its kind is told.
--
-- What is left: who keeps a value that the setting had before the tally began anew, and sets it again
-- in a string behind a COMMIT, gets another statement of that string and kind told as the running one.
CREATE FUNCTION tidemark.statement_of(query text, tag text, ends boolean) RETURNS text
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  total constant integer := length(query);
  id constant text := md5(query) || ' ' || extract(epoch FROM statement_timestamp())::text;
  -- The string, where the running statement begins, where the next one, 0 if not known; the tally.
  state text[] := string_to_array(current_setting('tidemark.place', true), '|');
  tally bigint;
  begins integer := 0;
  next integer := 0;
  piece record;
  behind record;
  alone boolean;
  has_events boolean := false;
  ends_before integer;
  tables_made integer := 0;
  part text;
  base integer;
  statement text;
BEGIN
  IF query IS NULL OR total > 1000000 THEN
    RETURN NULL;
  END IF;
  piece := tidemark.statement_at(query, 1);
  IF piece.next > 0 THEN
    alone := piece.next > total;
    IF substr(query, piece.next, 1000) ~ '^\s*(--|/\*|$)' THEN
      -- What is behind it may be a comment.
      behind := tidemark.statement_at(query, piece.next);
      alone := behind.next > total AND behind.body = '';
    END IF;
    IF alone THEN
      RETURN piece.body;
    END IF;
  END IF;

  tally := pg_stat_get_xact_numscans('tidemark.tally'::regclass);
  PERFORM FROM tidemark.tally;
  IF state[4] = tally::text
      AND state[5] = tidemark.signature(array_to_string(state[1:4], '|')) THEN
    begins := CASE WHEN state[1] = id THEN state[2]::integer ELSE 1 END;
    next := CASE WHEN state[1] = id THEN state[3]::integer ELSE 1 END;
  ELSIF tally = 0 THEN
    begins := 1;
    next := 1;
  END IF;

  IF begins > 0 AND begins = next THEN
    -- The last one has ended: on to the next one that has events.
    ends_before := begins;
    WHILE begins <= total LOOP
      piece := tidemark.next_statement(query, begins, part, base);
      part := piece.part;
      base := piece.base;
      next := piece.next;
      has_events := next = 0 OR tidemark.has_events(piece.words);
      EXIT WHEN has_events IS DISTINCT FROM false;
      IF tidemark.is_of_tag(piece.words, 'SELECT INTO') THEN
        tables_made := tables_made + 1;
        statement := piece.body;
      END IF;
      begins := next;
    END LOOP;
    IF tag = 'SELECT INTO' THEN
      -- It has no other event. Which one it is cannot be told of two, as one may be a mere SELECT.
      IF tables_made <> 1 OR next = 0 THEN
        begins := ends_before;
        statement := NULL;
      END IF;
      next := begins;
    ELSE
      statement := NULL;
      IF has_events IS NULL OR begins > total THEN
        next := 0;
      END IF;
    END IF;
  ELSIF begins > 0 THEN
    piece := tidemark.statement_at(query, begins);
  END IF;
  IF next = 0 THEN
    begins := 0;
  END IF;

  IF begins = 0 OR tag = 'ALTER EXTENSION' THEN
    -- The script of an extension may alter it, and drop what it likes.
    IF total <= 100000 AND (ends OR query !~* 'extension') THEN
      statement := tidemark.only_of_tag(query, tag);
    END IF;
  ELSIF tag <> 'SELECT INTO' THEN
    statement := piece.body;
    IF ends AND tidemark.is_of_tag(piece.words, tag) THEN
      begins := next;
    END IF;
  END IF;
  state := ARRAY[id, begins::text, next::text,
    pg_stat_get_xact_numscans('tidemark.tally'::regclass)::text];
  PERFORM set_config('tidemark.place', array_to_string(
    state || tidemark.signature(array_to_string(state, '|')), '|'), false);
  RETURN statement;
END $$;

-- A statement's text without its semicolon and what is around it.
CREATE FUNCTION tidemark.trimmed(statement text) RETURNS text
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$ SELECT regexp_replace(regexp_replace(statement, '^\s+', ''), '[\s;]+$', '') $$;

-- A relation's columns, dropped ones included, each known by its attribute number. A default names
-- no column: pg_get_expr without the relation takes no lock on it, for which it would wait.
CREATE FUNCTION tidemark.columns_of(relation oid) RETURNS jsonb
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT coalesce(jsonb_agg(
           CASE WHEN a.attisdropped THEN jsonb_build_object('number', a.attnum, 'dropped', true)
           ELSE jsonb_strip_nulls(jsonb_build_object(
             'number', a.attnum,
             'name', a.attname,
             'type', format_type(a.atttypid, a.atttypmod),
             'typeOid', a.atttypid::int8,
             'modifier', nullif(a.atttypmod, -1),
             'notNull', nullif(a.attnotnull, false),
             'default', CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, 0) END,
             'generated', CASE WHEN a.attgenerated <> '' THEN pg_get_expr(d.adbin, d.adrelid) END,
             'stored', CASE WHEN a.attgenerated <> '' THEN a.attgenerated = 's' END,
             'identity', nullif(a.attidentity::text, ''),
             'missing', CASE WHEN a.atthasmissing THEN array_to_string(a.attmissingval, '') END,
             'collation', CASE WHEN a.attcollation <> 0 AND a.attcollation <>
                  (SELECT t.typcollation FROM pg_type t WHERE t.oid = a.atttypid)
               THEN a.attcollation::regcollation::text END))
           END ORDER BY a.attnum), '[]')
    FROM pg_attribute a
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
   WHERE a.attrelid = relation AND a.attnum > 0
$$;

-- What there is of relations as of now. Columns of partitions mostly are alike: 'shape' is a place
-- in 'shapes', each of which is there once.
CREATE FUNCTION tidemark.structure(relations oid[]) RETURNS jsonb
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  WITH described AS (
    SELECT c.oid, tidemark.columns_of(c.oid) AS columns,
           jsonb_strip_nulls(jsonb_build_object(
             'oid', c.oid::int8,
             'schemaOid', c.relnamespace::int8,
             'schema', n.nspname,
             'name', c.relname,
             'kind', c.relkind,
             'persistence', c.relpersistence,
             'owner', pg_get_userbyid(c.relowner),
             'fileNode', nullif(pg_relation_filenode(c.oid)::int8, 0),
             'parents', (SELECT jsonb_agg(i.inhparent::int8 ORDER BY i.inhseqno)
                           FROM pg_inherits i WHERE i.inhrelid = c.oid),
             'root', nullif(pg_partition_root(c.oid)::oid, c.oid)::int8,
             'bound', pg_get_expr(c.relpartbound, 0),
             'partitionKey', CASE c.relkind WHEN 'p' THEN pg_get_partkeydef(c.oid) END,
             'primaryKey', (SELECT to_jsonb((i.indkey::int2[])[0:i.indnkeyatts - 1]) FROM pg_index i
                             WHERE i.indrelid = c.oid AND i.indisprimary
                               AND i.indisvalid AND i.indimmediate),
             'replicaIdentity', c.relreplident,
             'identityKey', (SELECT to_jsonb((i.indkey::int2[])[0:i.indnkeyatts - 1]) FROM pg_index i
                              WHERE i.indrelid = c.oid AND i.indisreplident
                                AND i.indisvalid AND i.indimmediate)))
           AS about
      FROM pg_class c
      JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.oid = ANY (relations) AND c.relkind IN ('r', 'p') AND c.relpersistence <> 't'
       AND n.nspname <> 'tidemark'
  ), shapes AS (
    SELECT columns, row_number() OVER (ORDER BY min(oid)) - 1 AS place
      FROM described GROUP BY columns
  )
  SELECT jsonb_build_object(
    'tables', coalesce((SELECT jsonb_agg(d.about || jsonb_build_object('shape', s.place) ORDER BY d.oid)
                          FROM described d JOIN shapes s USING (columns)), '[]'),
    'shapes', coalesce((SELECT jsonb_agg(columns ORDER BY place) FROM shapes), '[]'))
$$;

-- Relations and all that inherit from them, and tables of a composite type.
CREATE FUNCTION tidemark.with_descendants(relations oid[], types oid[]) RETURNS oid[]
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  WITH RECURSIVE found (oid) AS (
    SELECT unnest(relations)
    UNION
    SELECT c.oid FROM pg_class c WHERE c.reloftype = ANY (types) AND c.reloftype <> 0
    UNION
    SELECT i.inhrelid FROM found f JOIN pg_inherits i ON i.inhparent = f.oid
  )
  SELECT coalesce(array_agg(oid), '{}') FROM found
$$;

-- The tables of schemas that have another name. The statement has no lock on them: what else they
-- are may be changing at this moment.
CREATE FUNCTION tidemark.moved(schemas oid[]) RETURNS jsonb
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT CASE WHEN count(*) > 0 THEN jsonb_build_object('moved', jsonb_agg(jsonb_build_object(
           'oid', c.oid::int8, 'schema', n.nspname, 'name', c.relname) ORDER BY c.oid))
         ELSE '{}' END
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE n.oid = ANY (schemas) AND c.relkind IN ('r', 'p')
$$;

-- Tables that are there and have lost an index of a key by what a statement drops, which does not
-- tell them: those whose identity is an index that is no more, and those that a constraint of an
-- index's name was of. ALTER TABLE describes its tables at its end; DROP TABLE takes no others'.
-- A table that the statement has no lock on has lost it before.
CREATE FUNCTION tidemark.without_key(tag text) RETURNS oid[]
LANGUAGE sql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
  WITH dropped AS MATERIALIZED (
    SELECT object_type, schema_name, object_name, address_names
      FROM pg_event_trigger_dropped_objects()
     WHERE tag NOT IN ('ALTER TABLE', 'DROP TABLE') AND NOT is_temporary
  ), indexes AS (
    SELECT schema_name, object_name FROM dropped WHERE object_type = 'index'
  )
  SELECT ARRAY(
    SELECT c.oid FROM pg_class c
     WHERE c.relreplident = 'i' AND EXISTS (SELECT FROM indexes)
       AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisreplident)
       AND EXISTS (SELECT FROM pg_locks l
                    WHERE l.locktype = 'relation' AND l.relation = c.oid AND l.granted
                      AND l.pid = pg_backend_pid()
                      AND l.mode IN ('ShareUpdateExclusiveLock', 'AccessExclusiveLock'))
    UNION
    SELECT c.oid FROM dropped d
      JOIN indexes i ON (i.schema_name, i.object_name) = (d.address_names[1], d.address_names[3])
      JOIN pg_namespace n ON n.nspname = d.address_names[1]
      JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = d.address_names[2]
     WHERE d.object_type = 'table constraint')
$$;

-- Writes a signed message, and an empty one behind it: PostgreSQL takes a message as being at the
-- end of its record, where the next one begins, and in a subtransaction the two change places.
CREATE FUNCTION tidemark.emit(content jsonb) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  body bytea := convert_to((content || jsonb_build_object(
    'version', 1, 'xid', pg_current_xact_id()::text))::text, 'UTF8');
BEGIN
  PERFORM pg_logical_emit_message(true, 'tidemark.ddl',
    convert_to(encode(tidemark.hmac(body, k.key), 'hex') || ' ', 'UTF8') || body)
     FROM tidemark.signing_key k;
  IF NOT FOUND THEN
    RAISE 'tidemark.signing_key is empty';
  END IF;
  PERFORM pg_logical_emit_message(true, 'tidemark.pad', '');
END $$;

-- Notes whom a statement runs as, and the settings that it means something else under: the function
-- that describes it has a role and settings of its own. Runs as that role, so all names are whole.
CREATE FUNCTION tidemark.as_user() RETURNS event_trigger
LANGUAGE plpgsql
AS $$
BEGIN
  PERFORM pg_catalog.set_config('tidemark.session', pg_catalog.jsonb_build_object(
    'role', current_user,
    'searchPath', pg_catalog.current_setting('search_path'),
    'settings', pg_catalog.jsonb_build_object(
      'TimeZone', pg_catalog.current_setting('TimeZone'),
      'DateStyle', pg_catalog.current_setting('DateStyle'),
      'IntervalStyle', pg_catalog.current_setting('IntervalStyle'),
      'standard_conforming_strings', pg_catalog.current_setting('standard_conforming_strings')))
    ::pg_catalog.text, true);
EXCEPTION WHEN OTHERS THEN
  NULL; -- the user may not call one of these functions; whoever describes the statement misses it
END $$;

-- Describes what a statement did, in a message at its place. Partitions of what it is of, which it
-- may have no lock on, are locked to describe generated columns: only for less than deadlock_timeout,
-- or another session's statement might be what a deadlock is solved with.
CREATE FUNCTION tidemark.capture() RETURNS event_trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET lock_timeout = '500ms'
SET standard_conforming_strings = on
SET escape_string_warning = off
SET quote_all_identifiers = off
SET TimeZone = 'UTC'
SET DateStyle = 'ISO, YMD'
SET IntervalStyle = 'postgres'
SET extra_float_digits = 1
SET bytea_output = 'hex'
AS $$
DECLARE
  session jsonb;
  context text;
  statement text;
  parsed record;
  content jsonb;
  commands jsonb := '[]';
  dropped jsonb := '[]';
  relations oid[] := '{}';
  types oid[] := '{}';
  seen integer := 0;
  fails boolean := false;
  failure text;
BEGIN
  GET DIAGNOSTICS context = PG_CONTEXT;
  BEGIN
    fails := tidemark.is_strict();
    -- Of this event alone, whatever becomes of the next one.
    session := current_setting('tidemark.session');
    PERFORM set_config('tidemark.session', '', true);
    statement := coalesce(tidemark.running_statement(),
      tidemark.enclosing(context, TG_TAG, TG_EVENT = 'ddl_command_end'));
    parsed := tidemark.statement_at(left(statement, 1000000), 1);
    content := jsonb_build_object(
      'event', CASE TG_EVENT WHEN 'ddl_command_end' THEN 'end' WHEN 'sql_drop' THEN 'drop'
                 ELSE 'rewrite' END,
      'tag', TG_TAG);

    IF TG_EVENT = 'ddl_command_end' THEN
      SELECT count(*),
             coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
               'tag', c.command_tag, 'type', c.object_type, 'schema', c.schema_name,
               'identity', c.object_identity, 'oid', nullif(c.objid, 0)::int8,
               'column', nullif(c.objsubid, 0))) ORDER BY c.n) FILTER (WHERE c.ours), '[]'),
             coalesce(array_agg(c.objid) FILTER (WHERE c.ours AND c.classid = 'pg_class'::regclass
               AND c.command_tag IN ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO', 'ALTER TABLE')),
               '{}'),
             coalesce(array_agg(c.objid) FILTER (WHERE c.ours AND c.classid = 'pg_class'::regclass
               AND c.command_tag = 'ALTER TYPE'), '{}')
        INTO seen, commands, relations, types
        FROM (SELECT e.*, row_number() OVER () AS n,
                     NOT e.in_extension AND e.schema_name IS DISTINCT FROM 'pg_temp'
                       AND NOT tidemark.is_on_temporary(e.object_identity)
                       AND e.schema_name IS DISTINCT FROM 'tidemark'
                       AND e.object_identity IS DISTINCT FROM 'tidemark' AS ours
                FROM pg_event_trigger_ddl_commands() e) c;
      IF commands = '[]' THEN
        RETURN; -- nothing came of it, or nothing that outlives the session
      END IF;
      -- A composite type is a relation here, and typed tables are of its type.
      types := ARRAY(SELECT c.reltype FROM pg_class c WHERE c.oid = ANY (types));
      -- Tables that come into a publication, and partitioned ones whose primary key holds once the
      -- last partition's is attached to it.
      IF TG_TAG IN ('CREATE PUBLICATION', 'ALTER PUBLICATION', 'ALTER INDEX') THEN
        relations := ARRAY(
          SELECT r.prrelid FROM pg_event_trigger_ddl_commands() c
            JOIN pg_publication_rel r ON r.oid = c.objid
           WHERE c.classid = 'pg_publication_rel'::regclass
          UNION
          SELECT i.indrelid FROM pg_event_trigger_ddl_commands() c
            JOIN pg_index i ON i.indexrelid = c.objid
            JOIN pg_class k ON k.oid = c.objid AND k.relkind = 'I'
           WHERE c.classid = 'pg_class'::regclass AND i.indisprimary);
      ELSIF TG_TAG = 'ALTER SCHEMA' THEN
        content := content || tidemark.moved(ARRAY(
          SELECT c.objid FROM pg_event_trigger_ddl_commands() c
           WHERE c.classid = 'pg_namespace'::regclass));
      END IF;
      content := content || jsonb_build_object('commands', commands);
    ELSIF TG_EVENT = 'sql_drop' THEN
      SELECT coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
               'type', d.object_type, 'schema', d.schema_name, 'name', d.object_name,
               'identity', d.object_identity, 'oid', d.objid::int8,
               'column', nullif(d.objsubid, 0), 'original', nullif(d.original, false),
               -- Which table of which publication, in place of a sentence about it.
               'names', CASE WHEN d.object_type ~ '^publication ' THEN to_jsonb(d.address_names) END,
               'arguments', CASE WHEN d.object_type ~ '^publication ' THEN to_jsonb(d.address_args) END))
               ORDER BY d.n) FILTER (WHERE d.ours), '[]'),
             coalesce(array_agg(d.objid) FILTER (WHERE d.ours AND d.classid = 'pg_class'::regclass
               AND d.objsubid > 0), '{}')
        INTO dropped, relations
        FROM (SELECT e.*, row_number() OVER () AS n,
                     -- What goes with its table by itself is not told.
                     (e.original OR e.normal) AND NOT e.is_temporary
                       AND NOT tidemark.is_on_temporary(e.object_identity)
                       AND e.schema_name IS DISTINCT FROM 'tidemark' AS ours
                FROM pg_event_trigger_dropped_objects() e) d;
      IF dropped = '[]' OR parsed.words ~ '^(CREATE|ALTER) EXTENSION\M' THEN
        RETURN; -- nothing that outlives the session, or of the script of an extension
      END IF;
      relations := relations || tidemark.without_key(TG_TAG);
      content := content || jsonb_build_object('dropped', dropped);
    ELSE
      relations := ARRAY[pg_event_trigger_table_rewrite_oid()];
      IF (SELECT relpersistence = 't' FROM pg_class WHERE oid = relations[1]) THEN
        RETURN;
      END IF;
      content := content || jsonb_build_object(
        'rewrite', jsonb_build_object('table', relations[1]::int8,
          'reason', pg_event_trigger_table_rewrite_reason()));
    END IF;

    IF TG_EVENT <> 'table_rewrite' AND (relations <> '{}' OR types <> '{}') THEN
      content := content || tidemark.structure(tidemark.with_descendants(relations, types));
    END IF;
    statement := CASE
        WHEN tidemark.is_secret(TG_TAG) THEN NULL
        WHEN length(statement) > 1000000 THEN tidemark.trimmed(statement)
        -- One that the library knows may be more than what it looks like, or have no end that shows.
        WHEN tidemark.running_statement() IS NOT NULL OR tidemark.is_of_tag(parsed.words, TG_TAG)
          THEN CASE WHEN parsed.next = 0 THEN tidemark.trimmed(parsed.body) ELSE parsed.body END
      END;
    content := content || jsonb_strip_nulls(jsonb_build_object(
      'text', statement,
      'exact', statement IS NOT NULL,
      'withheld', nullif(tidemark.is_secret(TG_TAG), false),
      -- Not known where contexts are told in another language (lc_messages).
      'depth', CASE WHEN strpos(context, E'\n') = 0 THEN 0
        WHEN starts_with(context, 'PL/pgSQL function tidemark.capture() line ') THEN
          (SELECT count(*) FROM regexp_matches(context, '\n(PL/pgSQL|SQL) function ', 'g')) END,
      'role', session -> 'role',
      'searchPath', session -> 'searchPath',
      'settings', session -> 'settings',
      'sessionUser', session_user,
      -- Under a snapshot of before, the catalog may lack what others have committed since.
      'unsure', nullif(current_setting('transaction_isolation') <> 'read committed', false)));
    PERFORM tidemark.emit(content);
    RETURN;
  EXCEPTION WHEN OTHERS THEN
    IF fails THEN
      RAISE;
    END IF;
    GET STACKED DIAGNOSTICS failure = MESSAGE_TEXT;
  END;
  BEGIN
    PERFORM tidemark.emit(jsonb_build_object('event', 'gap', 'tag', TG_TAG));
  EXCEPTION WHEN OTHERS THEN
    -- Anyone can write this one: it is a hint, and one more than silence.
    PERFORM pg_logical_emit_message(true, 'tidemark.ddl', convert_to(
      repeat('0', 64) || format(' {"version": 1, "event": "gap", "tag": "%s"}', TG_TAG), 'UTF8'));
  END;
  BEGIN
    RAISE WARNING 'tidemark could not describe this %: %', TG_TAG, failure
      USING HINT = 'It goes on. Whoever replicates this database is told of a gap.';
  EXCEPTION WHEN OTHERS THEN
    NULL; -- its context has the statement, which may be in no encoding that the client has
  END;
EXCEPTION WHEN OTHERS THEN
  IF fails THEN
    RAISE;
  END IF;
END $$;

-- Whether an object is a trigger, rule, policy or constraint of a temporary table, by its identity:
-- their own schema is not told.
CREATE FUNCTION tidemark.is_on_temporary(identity text) RETURNS boolean
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT coalesce(identity ~ ' on pg_temp\.(?:"(?:[^"]|"")*"|[^" ]+)$', false)
$$;

-- Statements whose text may hold a password of another server.
CREATE FUNCTION tidemark.is_secret(tag text) RETURNS boolean
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT tag ~ '(USER MAPPING|SUBSCRIPTION|SERVER|FOREIGN DATA WRAPPER|FOREIGN TABLE|FOREIGN SCHEMA)$'
$$;

-- The statement that runs at an event, as far as that can be told: the innermost query of functions
-- and DO blocks, else a statement of the string that the client sent.
CREATE FUNCTION tidemark.enclosing(context text, tag text, ends boolean) RETURNS text
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  -- The first line is ours; then each query, and the function that runs it.
  outside text := substring(context from '^[^\n]*\n(.*)$');
  statement text;
  parsed record;
BEGIN
  IF outside IS NULL THEN
    RETURN tidemark.statement_of(current_query(), tag, ends);
  END IF;
  -- From 17 on the context of an extension's script ends with it; that of a function never does.
  IF outside ~ '(^|\n)extension script file "[^"\n]*", near line \d+$' THEN
    RETURN 'CREATE EXTENSION';
  END IF;
  statement := substring(outside from '^SQL statement "(.*?)"\nPL/pgSQL function ');
  -- What looks like the next line of the context may stand in a constant, which then has no end; and
  -- EXECUTE may run several.
  IF length(statement) <= 1000000 THEN
    parsed := tidemark.statement_at(statement, 1);
    IF parsed.next > length(rtrim(statement, E' \t\r\n;')) THEN
      RETURN statement;
    END IF;
  END IF;
  RETURN NULL;
END $$;

DO $$
DECLARE
  object text;
BEGIN
  -- Of all that was made here; event triggers' functions are called by nobody, and by all.
  FOR object IN
    SELECT p.oid::regprocedure::text FROM pg_catalog.pg_proc p
     WHERE p.pronamespace = 'tidemark'::regnamespace
  LOOP
    EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', object);
    EXECUTE format('ALTER FUNCTION %s OWNER TO tidemark_ddl', object);
  END LOOP;
END $$;
ALTER MATERIALIZED VIEW tidemark.signing_key OWNER TO tidemark_ddl;
ALTER MATERIALIZED VIEW tidemark.tally OWNER TO tidemark_ddl;

-- The space lets them come before all others: a trigger before ours may alter a table whose CREATE
-- would then follow its ALTER. Those that note the user come first.
CREATE EVENT TRIGGER " tidemark 1 end" ON ddl_command_end EXECUTE FUNCTION tidemark.as_user();
CREATE EVENT TRIGGER " tidemark 1 drop" ON sql_drop EXECUTE FUNCTION tidemark.as_user();
CREATE EVENT TRIGGER " tidemark 1 rewrite" ON table_rewrite EXECUTE FUNCTION tidemark.as_user();
CREATE EVENT TRIGGER " tidemark 2 end" ON ddl_command_end EXECUTE FUNCTION tidemark.capture();
CREATE EVENT TRIGGER " tidemark 2 drop" ON sql_drop EXECUTE FUNCTION tidemark.capture();
CREATE EVENT TRIGGER " tidemark 2 rewrite" ON table_rewrite EXECUTE FUNCTION tidemark.capture();
ALTER EVENT TRIGGER " tidemark 1 end" ENABLE ALWAYS;
ALTER EVENT TRIGGER " tidemark 1 drop" ENABLE ALWAYS;
ALTER EVENT TRIGGER " tidemark 1 rewrite" ENABLE ALWAYS;
ALTER EVENT TRIGGER " tidemark 2 end" ENABLE ALWAYS;
ALTER EVENT TRIGGER " tidemark 2 drop" ENABLE ALWAYS;
ALTER EVENT TRIGGER " tidemark 2 rewrite" ENABLE ALWAYS;
