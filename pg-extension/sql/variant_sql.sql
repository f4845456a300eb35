-- Texts as SQL alone finds them.
CREATE OR REPLACE FUNCTION tidemark.running_statement() RETURNS text
  LANGUAGE sql STABLE AS 'SELECT NULL::pg_catalog.text';
SELECT count(*) AS own FROM regress.take();
\set ECHO none
\set VERBOSITY terse
\i sql/statements.psql
\set ECHO all
SELECT regress.keep('sql');
\pset format unaligned
SELECT event, tag, exact, depth, text, commands, dropped, tables, flags
  FROM regress.results WHERE variant = 'sql' ORDER BY n;
