package io.tidemark.gateway.conformance;

import io.tidemark.gateway.wire.pgcapture.CaptureMessage;
import io.tidemark.testkit.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * An existing client of pgcapture's that debounces: it keeps the messages of a row for its interval
 * without an acknowledgement, calls its handler once for the newest of them, and acknowledges them
 * all then.
 */
final class DebouncingClient implements AutoCloseable {
  /** A call of the handler: "table:id=name". */
  final BlockingQueue<String> calls = new LinkedBlockingQueue<>();

  private final CaptureClient client;
  private final long interval;
  private final Map<String, Held> rows = new HashMap<>();
  private final Thread thread;
  private volatile boolean closed;

  private static final class Held {
    final long due;
    final List<CaptureMessage> messages = new ArrayList<>();

    Held(long due) {
      this.due = due;
    }
  }

  private DebouncingClient(CaptureClient client, Duration interval) {
    this.client = client;
    this.interval = interval.toNanos();
    this.thread = new Thread(this::run, "debouncing-client");
  }

  static DebouncingClient start(CaptureClient client, Duration interval) {
    DebouncingClient debouncing = new DebouncingClient(client, interval);
    debouncing.thread.start();
    return debouncing;
  }

  private void run() {
    try {
      while (!closed) {
        CaptureMessage message = client.messages.poll(5, TimeUnit.MILLISECONDS);
        long now = System.nanoTime();
        if (message != null) {
          String text = CaptureClient.text(message);
          String row = text.substring(0, text.indexOf('='));
          rows.computeIfAbsent(row, any -> new Held(now + interval)).messages.add(message);
        }
        rows.values().removeIf(held -> held.due - now <= 0 && handle(held));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean handle(Held held) {
    calls.add(CaptureClient.text(held.messages.get(held.messages.size() - 1)));
    held.messages.forEach(client::acknowledge);
    return true;
  }

  @Override
  public void close() {
    closed = true;
    Await.until("the client's end", Duration.ofSeconds(20), () -> !thread.isAlive());
  }
}
