package io.tidemark.gateway.link;

import io.tidemark.gateway.transport.Backoff;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/** Attempts to connect to a gateway, and how long to wait between. */
final class Attempts {
  private static final Backoff BACKOFF = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(5));

  private int failures;

  /** One failed: how long to wait before the next. */
  synchronized Duration failed() {
    failures++;
    return Duration.ofNanos(BACKOFF.nanos(failures, ThreadLocalRandom.current()));
  }

  /** One came through. */
  synchronized void succeeded() {
    failures = 0;
  }
}
