/**
 * The replication stream of one slot: a thread that reads it ({@link
 * io.tidemark.postgres.stream.StreamFetcher}), and the changes that its messages make ({@link
 * io.tidemark.postgres.stream.TransactionAssembler}).
 */
package io.tidemark.postgres.stream;
