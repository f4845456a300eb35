package io.tidemark.gateway.event;

import io.tidemark.postgres.change.Position;

/**
 * In place of a change whose event is larger than the consumer takes, where the server is
 * configured to skip such.
 *
 * @param position the change's place in the stream
 * @param table schema and name of the table that it is of; empty if it is of none
 * @param bytes that it takes
 */
public record Skipped(Position position, String table, long bytes) {}
