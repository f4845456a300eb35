package io.tidemark.source.lane;

import java.io.Serializable;

/**
 * One attempt at one chunk, unique for all time.
 *
 * @param subtask index of the dump reader's subtask
 * @param reader random, drawn by a dump reader when it starts
 * @param number counts the reader's chunks
 */
public record ChunkId(int subtask, long reader, long number) implements Serializable {}
