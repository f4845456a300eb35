package io.tidemark.gateway.client;

import io.tidemark.gateway.client.DebounceBuffer.Merged;
import io.tidemark.postgres.change.RowChange;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Hands on of each row the newest change only, for rows that change often: the first change of a
 * row is kept for a while, those that follow in that time are merged into it, and the result is
 * handed on. All of them are dealt with when the handler has dealt with the result.
 *
 * <p>Merging loses no value: one that an update left unchanged, and so did not come, is taken from
 * the change before. A deletion takes all values with it, an insertion and a read row replace what
 * was before. An update of a row that was inserted or read meanwhile is handed on as insertion or
 * read. A change of a row's key is handed on at once, with the values that the row had under its
 * old key; so are changes of tables without a key.
 *
 * <p>The order is kept for each row, not between rows; a TRUNCATE waits until all is handed on. The
 * handler is called by one thread, of this object. At most {@link
 * ChangeConsumerBuilder#maxOutstanding} changes are kept.
 */
public final class Debounce implements AsyncHandler<RowChange> {
  private final AsyncHandler<? super RowChange> handler;
  private final DebounceBuffer buffer;
  private final ScheduledThreadPoolExecutor thread;

  /** Whether the thread is to look for what is due. */
  private boolean waiting;

  private Debounce(Duration delay, AsyncHandler<? super RowChange> handler) {
    if (delay.isNegative() || delay.isZero()) {
      throw new IllegalArgumentException("a delay of " + delay);
    }
    this.handler = handler;
    this.buffer = new DebounceBuffer(delay.toNanos());
    this.thread =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread worker = new Thread(task, "tidemark-debounce");
              worker.setDaemon(true);
              return worker;
            });
    // The thread ends by itself when nothing comes any more, so that there is nothing to close.
    thread.setKeepAliveTime(10, TimeUnit.SECONDS);
    thread.allowCoreThreadTimeOut(true);
  }

  /**
   * Keeps the changes of a row for this delay before the handler gets them as one.
   *
   * @param delay from the first change of a row that is kept
   */
  public static Debounce of(Duration delay, Handler<? super RowChange> handler) {
    return new Debounce(delay, Handlers.direct(handler));
  }

  /** As {@link #of}, with a handler that gives a stage. */
  public static Debounce ofAsync(Duration delay, AsyncHandler<? super RowChange> handler) {
    return new Debounce(delay, Handlers.staged(handler));
  }

  /**
   * As {@link #of(Duration, Handler)}; the handler gets each change as a record.
   *
   * @throws IllegalArgumentException if the record has components of types that no column has
   */
  public static <T extends Record> Debounce of(
      Duration delay, Class<T> type, Handler<? super RecordChange<T>> handler) {
    return new Debounce(delay, new RecordMapping<>(type).handler(Handlers.direct(handler)));
  }

  @Override
  public CompletionStage<?> handle(RowChange change) {
    CompletableFuture<Void> dealtWith = new CompletableFuture<>();
    thread.execute(
        () -> {
          try {
            handOn(buffer.offer(change, dealtWith, System.nanoTime()));
            awaitDue();
          } catch (RuntimeException e) {
            dealtWith.completeExceptionally(e);
          }
        });
    return dealtWith;
  }

  @SuppressWarnings("FutureReturnValueIgnored") // the task hands failures on
  private void awaitDue() {
    OptionalLong due = buffer.nextDue();
    if (due.isPresent() && !waiting) {
      waiting = true;
      thread.schedule(
          () -> {
            waiting = false;
            handOn(buffer.due(System.nanoTime()));
            awaitDue();
          },
          Math.max(0, due.getAsLong() - System.nanoTime()),
          TimeUnit.NANOSECONDS);
    }
  }

  private void handOn(List<Merged> merged) {
    for (Merged one : merged) {
      try {
        CompletionStage<?> stage = handler.handle(one.change());
        if (stage == null) {
          one.complete(null);
        } else {
          stage.whenComplete((result, failure) -> one.complete(failure));
        }
      } catch (Throwable e) {
        one.complete(e);
      }
    }
  }
}
