CREATE EXTENSION tidemark;
SELECT 'made' AS slot FROM pg_create_logical_replication_slot('regress', 'test_decoding');
CREATE SCHEMA regress;
-- What was captured since the last call, and whether its signature and its transaction are right.
CREATE FUNCTION regress.take(OUT n bigint, OUT verified boolean, OUT content jsonb)
RETURNS SETOF record LANGUAGE sql SET search_path = pg_catalog AS $$
  WITH changes AS MATERIALIZED (
    SELECT row_number() OVER () AS n, xid,
           regexp_match(data, '^message: transactional: 1 prefix: tidemark\.ddl, sz: \d+ content:([0-9a-f]{64}) (\{.*)$') AS m
      FROM pg_logical_slot_get_changes('regress', NULL, NULL)
  )
  SELECT n, m[1] = encode(tidemark.hmac(convert_to(m[2], 'UTF8'), k.key), 'hex')
              AND (m[2]::jsonb ->> 'xid')::bigint % (2::bigint ^ 32)::bigint = xid::text::bigint,
         m[2]::jsonb
    FROM changes, tidemark.signing_key k WHERE m IS NOT NULL
$$;
CREATE TABLE regress.results (variant text, n serial, event text, tag text, exact boolean, depth int,
  text text, commands text, dropped text, tables text, flags text);
-- Keeps it, without what differs from run to run.
CREATE FUNCTION regress.keep(variant text) RETURNS bigint LANGUAGE sql AS $$
  WITH taken AS (SELECT * FROM regress.take()), kept AS (
    INSERT INTO regress.results (variant, event, tag, exact, depth, text, commands, dropped, tables, flags)
    SELECT keep.variant, c ->> 'event', c ->> 'tag', (c ->> 'exact')::boolean, (c ->> 'depth')::int,
           c ->> 'text',
           (SELECT string_agg(e ->> 'tag' || ' ' || coalesce(e ->> 'identity', '-'), ', ' ORDER BY i)
              FROM jsonb_array_elements(c -> 'commands') WITH ORDINALITY x (e, i)),
           (SELECT string_agg(e ->> 'type' || ' ' || (e ->> 'identity'), ', ' ORDER BY i)
              FROM jsonb_array_elements(c -> 'dropped') WITH ORDINALITY x (e, i)),
           nullif(concat_ws(', ',
           (SELECT string_agg(e ->> 'name' || (
                     SELECT '(' || coalesce(string_agg(coalesce(col ->> 'name' || ' ' || (col ->> 'type'), 'dropped'), ', ' ORDER BY j), '') || ')'
                       FROM jsonb_array_elements(c -> 'shapes' -> (e ->> 'shape')::int) WITH ORDINALITY y (col, j)),
                     ', ' ORDER BY i)
              FROM jsonb_array_elements(c -> 'tables') WITH ORDINALITY x (e, i)),
           (SELECT string_agg(e ->> 'name' || ' in ' || (e ->> 'schema'), ', ' ORDER BY i)
              FROM jsonb_array_elements(c -> 'moved') WITH ORDINALITY x (e, i))), ''),
           concat_ws(' ', CASE WHEN NOT t.verified THEN 'FORGED' END,
             CASE WHEN c ? 'withheld' THEN 'withheld' END, CASE WHEN c ? 'unsure' THEN 'unsure' END,
             CASE c ->> 'role' WHEN 'postgres' THEN NULL ELSE c ->> 'role' END)
      FROM taken t, LATERAL (SELECT t.content AS c) x ORDER BY t.n
    RETURNING 1)
  SELECT count(*) FROM kept
$$;
SELECT count(*) > 0 AS captured, bool_and(verified) AS verified FROM regress.take();
