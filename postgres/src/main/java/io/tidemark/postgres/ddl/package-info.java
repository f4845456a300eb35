/**
 * DDL statements as the extension {@code tidemark} describes them in logical messages: what was
 * run, what it did, and the structure of the tables concerned. Pure values.
 */
package io.tidemark.postgres.ddl;
