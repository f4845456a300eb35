/**
 * The replication stream of one slot: a thread that reads it ({@link
 * io.tidemark.source.stream.StreamFetcher}), and the changes that its messages make ({@link
 * io.tidemark.source.stream.TransactionAssembler}).
 */
package io.tidemark.source.stream;
