package io.tidemark.gateway.client;

/**
 * When one stream's events are acknowledged: seldom while there is much to do; if there is nothing,
 * at once, unless that was only just done.
 */
final class Acknowledgements {
  /** Nothing is to be acknowledged. */
  static final long NONE = Long.MAX_VALUE;

  /** A consumer that keeps up has nothing to do after each batch, however many come. */
  private static final long GATHER_NANOS = 2_000_000;

  private final int events;
  private final long intervalNanos;
  private long acknowledged;

  /** Since when something is dealt with and not acknowledged. */
  private long since = NONE;

  /** When an idle consumer may acknowledge again. */
  private long gathered = Long.MIN_VALUE;

  Acknowledgements(FlowOptions options) {
    this.events = options.ackEvents();
    this.intervalNanos = options.ackInterval().toNanos();
  }

  /**
   * Acknowledges if it is time to.
   *
   * @param handled all up to this number are dealt with
   * @param idle whether there is nothing else to do
   * @return when it will be time; {@link #NONE} if there is nothing more to acknowledge
   */
  long sendIfDue(long handled, boolean idle, EventStream stream, long now) {
    if (handled <= acknowledged) {
      since = NONE;
      return NONE;
    }
    since = Math.min(since, now);
    long due = since + intervalNanos;
    if (idle) {
      due = Math.min(due, Math.max(gathered, since));
    }
    if (now < due && handled - acknowledged < events) {
      return due;
    }
    if (!stream.isReady()) {
      // Numbers add up: what is not said now is part of what is said later.
      return now + intervalNanos;
    }
    gathered = now + GATHER_NANOS;
    send(handled, stream);
    return NONE;
  }

  /** Acknowledges all that is dealt with, whether it can go out at once or not. */
  void send(long handled, EventStream stream) {
    if (handled > acknowledged) {
      acknowledged = handled;
      stream.acknowledge(handled);
    }
    since = NONE;
  }

  /** The server sends the events from this number on again, acknowledged or not. */
  void takeBack(long from) {
    acknowledged = Math.min(acknowledged, from - 1);
  }
}
