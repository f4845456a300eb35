/**
 * PostgreSQL's logical replication protocol, version 1: bytes in, {@link
 * io.tidemark.source.pgoutput.PgOutputMessage} out. Pure; {@link
 * io.tidemark.source.pgoutput.PgOutputDecoder} is where it starts.
 */
package io.tidemark.source.pgoutput;
