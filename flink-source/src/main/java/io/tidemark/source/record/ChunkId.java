package io.tidemark.source.record;

/**
 * One attempt at one chunk, unique for all time.
 *
 * @param reader random, drawn by a dump reader when it starts
 * @param number counts the reader's chunks
 */
public record ChunkId(long reader, long number) {}
