-- Texts as the library has them.
CREATE OR REPLACE FUNCTION tidemark.running_statement() RETURNS text
  LANGUAGE c STABLE AS '$libdir/tidemark', 'tidemark_running_statement';
LOAD 'tidemark';
SELECT count(*) AS own FROM regress.take();
\set ECHO none
\set VERBOSITY terse
\i sql/statements.psql
\set ECHO all
SELECT regress.keep('library');
\pset format unaligned
-- Where SQL alone says that a text is exact, it is.
WITH s AS (SELECT row_number() OVER (ORDER BY n) AS k, * FROM regress.results WHERE variant = 'sql'),
     l AS (SELECT row_number() OVER (ORDER BY n) AS k, * FROM regress.results WHERE variant = 'library')
SELECT k, l.tag, s.exact, s.text AS by_sql, l.text AS by_library
  FROM s FULL JOIN l USING (k)
 WHERE (s.event, s.tag, s.depth, s.commands, s.dropped, s.tables, s.flags, s.text)
   IS DISTINCT FROM (l.event, l.tag, l.depth, l.commands, l.dropped, l.tables, l.flags, l.text)
 ORDER BY k;
SELECT count(*) AS statements, count(*) FILTER (WHERE exact) AS exact
  FROM regress.results GROUP BY variant ORDER BY variant;
