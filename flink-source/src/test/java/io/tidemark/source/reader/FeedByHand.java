package io.tidemark.source.reader;

import io.tidemark.postgres.stream.StreamBatch;
import io.tidemark.postgres.stream.StreamFeed;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Hands over what it is given, and keeps what it is told. */
final class FeedByHand implements StreamFeed {
  final Deque<StreamBatch> batches = new ArrayDeque<>();
  final CompletableFuture<Void> available = new CompletableFuture<>();
  final List<Long> acknowledged = new ArrayList<>();
  int heartbeatsAsked;
  boolean closed;

  /** Shows once all batches are taken; null for none. */
  IOException failure;

  @Override
  public StreamBatch poll() throws IOException {
    if (batches.isEmpty() && failure != null) {
      throw failure;
    }
    return batches.poll();
  }

  @Override
  public CompletableFuture<Void> available() {
    return available;
  }

  @Override
  public void acknowledge(long lsn) {
    acknowledged.add(lsn);
  }

  @Override
  public void requestHeartbeat() {
    heartbeatsAsked++;
  }

  @Override
  public void close() {
    closed = true;
  }
}
