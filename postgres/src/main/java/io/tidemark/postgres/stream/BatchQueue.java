package io.tidemark.postgres.stream;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Takes batches from the fetcher's thread to the reader's, bounded by bytes. The batches offered
 * before a failure are polled before it shows. A heartbeat alone takes the place of one that waits
 * at the end, so that an idle stream does not fill the queue of a reader that is paused.
 */
final class BatchQueue {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition room = lock.newCondition();
  private final Deque<StreamBatch> batches = new ArrayDeque<>();
  private final long maxBytes;

  private long bytes;
  private Throwable failure;
  private boolean closed;
  private CompletableFuture<Void> available = new CompletableFuture<>();

  /** Bounds what may wait here; one batch may always, whatever its size. */
  BatchQueue(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  /**
   * Puts a batch at the end, when there is room.
   *
   * @return whether it was taken within the timeout; a closed queue takes, and drops, all
   */
  boolean offer(StreamBatch batch, Duration timeout) throws InterruptedException {
    CompletableFuture<Void> wake;
    lock.lock();
    try {
      StreamBatch last = batches.peekLast();
      boolean heartbeatAlone = batch.size() == 0 && batch.heartbeatLsn() != 0;
      if (heartbeatAlone && last != null && last.heartbeatLsn() != 0) {
        last.heartbeat(batch.heartbeatLsn());
        return true;
      }
      long nanos = timeout.toNanos();
      while (!closed && !batches.isEmpty() && bytes + batch.bytes() > maxBytes) {
        if (nanos <= 0) {
          return false;
        }
        nanos = room.awaitNanos(nanos);
      }
      if (closed) {
        return true;
      }
      batches.add(batch);
      bytes += batch.bytes();
      wake = available;
    } finally {
      lock.unlock();
    }
    wake.complete(null);
    return true;
  }

  /** Ends the queue with what went wrong. */
  void fail(Throwable cause) {
    CompletableFuture<Void> wake;
    lock.lock();
    try {
      failure = cause;
      wake = available;
    } finally {
      lock.unlock();
    }
    wake.complete(null);
  }

  /**
   * The next batch; null if there is none now.
   *
   * @throws FetchFailure if all batches are taken and the fetcher has failed
   */
  StreamBatch poll() throws FetchFailure {
    lock.lock();
    try {
      StreamBatch batch = batches.poll();
      if (batch == null) {
        if (failure != null) {
          throw new FetchFailure(failure);
        }
      } else {
        bytes -= batch.bytes();
        room.signal();
      }
      if (batches.isEmpty() && failure == null && available.isDone()) {
        available = new CompletableFuture<>();
      }
      return batch;
    } finally {
      lock.unlock();
    }
  }

  /** Completes when {@link #poll} has something: a batch or a failure. */
  CompletableFuture<Void> available() {
    lock.lock();
    try {
      return available;
    } finally {
      lock.unlock();
    }
  }

  /** Drops what waits here and what is still to come. */
  void close() {
    lock.lock();
    try {
      closed = true;
      batches.clear();
      bytes = 0;
      room.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Carries the failure from the fetcher's thread. */
  static final class FetchFailure extends Exception {
    private static final long serialVersionUID = 1;

    FetchFailure(Throwable cause) {
      super(cause);
    }
  }
}
