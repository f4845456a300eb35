package io.tidemark.gateway.client;

import io.tidemark.gateway.transport.Backoff;
import java.time.Duration;

/**
 * How much a consumer holds, when it acknowledges and how it tries again.
 *
 * @param bufferBytes another batch is asked for while those held are together smaller
 * @param maxOutstanding events that asynchronous handlers may have at a time
 * @param ackEvents events that are dealt with are acknowledged as soon as this number of them waits
 *     for it
 * @param ackInterval or as soon as the first of them has waited for this time
 * @param reconnect after a lost stream
 * @param retry after a failed handler
 * @param maxAttempts of a handler at one event; 0 for no limit
 * @param grace for running handlers when the consumer closes
 */
record FlowOptions(
    long bufferBytes,
    int maxOutstanding,
    int ackEvents,
    Duration ackInterval,
    Backoff reconnect,
    Backoff retry,
    int maxAttempts,
    Duration grace) {
  static final FlowOptions DEFAULTS =
      new FlowOptions(
          32 << 20,
          10_000,
          1_000,
          Duration.ofMillis(200),
          new Backoff(Duration.ofMillis(500), Duration.ofSeconds(30)),
          new Backoff(Duration.ofMillis(500), Duration.ofMinutes(1)),
          0,
          Duration.ofSeconds(10));

  FlowOptions {
    if (bufferBytes < 1 || maxOutstanding < 1 || ackEvents < 1) {
      throw new IllegalArgumentException(
          "a buffer of %d bytes, %d events outstanding, acknowledgements every %d: none may be 0"
              .formatted(bufferBytes, maxOutstanding, ackEvents));
    }
    if (ackInterval.isNegative() || grace.isNegative()) {
      throw new IllegalArgumentException(
          "acknowledgements every " + ackInterval + ", a grace of " + grace);
    }
  }

  FlowOptions withBufferBytes(long bytes) {
    return new FlowOptions(
        bytes, maxOutstanding, ackEvents, ackInterval, reconnect, retry, maxAttempts, grace);
  }

  FlowOptions withMaxOutstanding(int events) {
    return new FlowOptions(
        bufferBytes, events, ackEvents, ackInterval, reconnect, retry, maxAttempts, grace);
  }

  FlowOptions withAcknowledgements(int events, Duration interval) {
    return new FlowOptions(
        bufferBytes, maxOutstanding, events, interval, reconnect, retry, maxAttempts, grace);
  }

  FlowOptions withReconnect(Backoff backoff) {
    return new FlowOptions(
        bufferBytes, maxOutstanding, ackEvents, ackInterval, backoff, retry, maxAttempts, grace);
  }

  FlowOptions withRetry(Backoff backoff) {
    return new FlowOptions(
        bufferBytes,
        maxOutstanding,
        ackEvents,
        ackInterval,
        reconnect,
        backoff,
        maxAttempts,
        grace);
  }

  FlowOptions withMaxAttempts(int attempts) {
    return new FlowOptions(
        bufferBytes, maxOutstanding, ackEvents, ackInterval, reconnect, retry, attempts, grace);
  }

  FlowOptions withGrace(Duration duration) {
    return new FlowOptions(
        bufferBytes,
        maxOutstanding,
        ackEvents,
        ackInterval,
        reconnect,
        retry,
        maxAttempts,
        duration);
  }
}
