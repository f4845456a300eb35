package io.tidemark.gateway.client;

import io.grpc.Status;
import io.tidemark.gateway.wire.Batch;

/**
 * One stream from the server. Used by the consumer's thread alone; what comes is told by others.
 */
interface EventStream {
  /** Asks for one batch more. */
  void request();

  /** Whether what is sent now goes out without being queued up. */
  boolean isReady();

  /** All events up to this number are dealt with. */
  void acknowledge(long number);

  /** The event of this number and all after it are to come again. */
  void giveBack(long from, String reason);

  /** Nothing more will be said: the server ends the stream when it has read it all. */
  void finish();

  /** Ends the stream at once, and what it needs. May be called after its end. */
  void cancel();

  /** What a stream tells, from any thread, and in order; nothing after {@link #ended}. */
  interface Listener {
    /** A batch that was asked for. */
    void batch(Batch batch);

    /** Sending is possible again. */
    void ready();

    /** The stream ended; OK if the server ended it without an error. */
    void ended(Status status);
  }

  /** Begins streams. */
  @FunctionalInterface
  interface Connector {
    /**
     * Begins a stream, whose failure is told to the listener.
     *
     * @throws RuntimeException if it cannot even be tried, such as without a token
     */
    EventStream open(Listener listener);
  }
}
