/**
 * PostgreSQL's logical replication protocol, version 1: bytes in, {@link
 * io.tidemark.postgres.pgoutput.PgOutputMessage} out. Pure; {@link
 * io.tidemark.postgres.pgoutput.PgOutputDecoder} is where it starts.
 */
package io.tidemark.postgres.pgoutput;
