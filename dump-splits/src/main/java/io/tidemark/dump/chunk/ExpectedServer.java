package io.tidemark.dump.chunk;

/**
 * The history that a dump's source must share with the stream.
 *
 * @param systemIdentifier of the cluster, as the primary's {@code IDENTIFY_SYSTEM} gives it
 * @param timeline the timeline that the stream follows
 */
public record ExpectedServer(long systemIdentifier, int timeline) {}
