package io.tidemark.source.simulation;

import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.change.Commit;
import io.tidemark.postgres.stream.StreamBatch;
import io.tidemark.postgres.stream.StreamFeed;
import io.tidemark.postgres.stream.StreamPosition;
import io.tidemark.postgres.stream.TransactionAssembler;
import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongConsumer;

/**
 * The stream of a simulated primary as a fetcher hands it over: in batches that end anywhere, with
 * heartbeats between transactions. What it makes changes of is the product's own.
 */
public final class SimulatedFeed implements StreamFeed {
  private static final int MAX_BATCHES = 3;

  private final SimulatedPrimary primary;
  private final Choices choices;
  private final TransactionAssembler assembler;
  private final WalMessages messages;
  private final LongConsumer acknowledged;
  private final Deque<StreamBatch> batches = new ArrayDeque<>();
  private final Deque<WalMessages.Sent> unsent = new ArrayDeque<>();
  private CompletableFuture<Void> available = new CompletableFuture<>();
  private int next;
  private long streamed;
  private boolean asked;

  /**
   * Starts to stream.
   *
   * @param known tables as they were at the position
   * @param acknowledged told what may be forgotten
   */
  public SimulatedFeed(
      SimulatedPrimary primary,
      Choices choices,
      StreamPosition position,
      List<TableSchema> known,
      LongConsumer acknowledged) {
    this.primary = primary;
    this.choices = choices;
    this.acknowledged = acknowledged;
    this.messages = new WalMessages(primary, choices, known);
    this.assembler = new TransactionAssembler(messages, position, known);
    this.streamed = position.lsn();
    while (next < primary.size()
        && Long.compareUnsigned(primary.get(next).lsn(), position.lsn()) < 0) {
      next++;
    }
  }

  /** Whether all there is was handed over, and a heartbeat after it. */
  public boolean isCaughtUp() {
    return next == primary.size() && unsent.isEmpty() && batches.isEmpty();
  }

  /** Receives some more, or nothing but perhaps a keepalive. */
  public void step() {
    if (batches.size() >= MAX_BATCHES) {
      return;
    }
    StreamBatch batch = new StreamBatch();
    try {
      for (int left = 8 - choices.below(9); left > 0; left--) {
        while (unsent.isEmpty() && next < primary.size()) {
          Wal item = primary.get(next++);
          if (primary.isSent(item)) {
            messages.of(item, unsent);
          }
        }
        WalMessages.Sent sent = unsent.poll();
        if (sent == null) {
          break;
        }
        assembler.accept(
            sent.message(),
            sent.lsn(),
            (change, lsn) -> {
              batch.add(change, lsn);
              if (change instanceof Commit commit) {
                streamed = later(streamed, commit.endLsn());
              }
            });
      }
    } catch (SQLException | IOException e) {
      throw new AssertionError(e);
    }
    handOver(batch);
  }

  private void handOver(StreamBatch batch) {
    if (!assembler.inTransaction()) {
      if (unsent.isEmpty() && (asked || choices.oneIn(3))) {
        keepalive();
      }
      batch.heartbeat(streamed);
    }
    if (batch.size() > 0 || batch.heartbeatLsn() != 0) {
      batches.add(batch);
      available.complete(null);
    }
  }

  /** The server has decoded the WAL up to somewhere before the next commit. */
  private void keepalive() {
    asked = false;
    long end = next < primary.size() ? primary.get(next).lsn() : primary.endLsn();
    long ahead = end - streamed;
    if (ahead > 0) {
      streamed = next < primary.size() ? streamed + choices.below((int) ahead + 1) : end;
    }
  }

  private static long later(long left, long right) {
    return Long.compareUnsigned(left, right) > 0 ? left : right;
  }

  @Override
  public StreamBatch poll() {
    StreamBatch batch = batches.poll();
    if (batches.isEmpty() && available.isDone()) {
      available = new CompletableFuture<>();
    }
    return batch;
  }

  @Override
  public CompletableFuture<Void> available() {
    return available;
  }

  @Override
  public void acknowledge(long lsn) {
    acknowledged.accept(lsn);
  }

  @Override
  public void requestHeartbeat() {
    asked = true;
  }

  @Override
  public void close() {}
}
