package io.tidemark.gateway.client;

/** When one stream's events are acknowledged: seldom while there is much to do, at once if not. */
final class Acknowledgements {
  /** Nothing is to be acknowledged. */
  static final long NONE = Long.MAX_VALUE;

  private final int events;
  private final long intervalNanos;
  private long acknowledged;

  /** Since when something is dealt with and not acknowledged. */
  private long since = NONE;

  Acknowledgements(FlowOptions options) {
    this.events = options.ackEvents();
    this.intervalNanos = options.ackInterval().toNanos();
  }

  /**
   * Acknowledges if it is time to.
   *
   * @param settled all up to this number are dealt with
   * @param idle whether there is nothing else to do
   * @return when it will be time; {@link #NONE} if there is nothing more to acknowledge
   */
  long sendIfDue(long settled, boolean idle, Link link, long now) {
    if (settled <= acknowledged) {
      since = NONE;
      return NONE;
    }
    since = Math.min(since, now);
    long due = since + intervalNanos;
    if (now < due && settled - acknowledged < events && !idle) {
      return due;
    }
    if (!link.isReady()) {
      // Numbers add up: what is not said now is part of what is said later.
      return now + intervalNanos;
    }
    send(settled, link);
    return NONE;
  }

  /** Acknowledges all that is dealt with, whether it can go out at once or not. */
  void send(long settled, Link link) {
    if (settled > acknowledged) {
      acknowledged = settled;
      link.acknowledge(settled);
    }
    since = NONE;
  }

  /** The server sends the events from this number on again, acknowledged or not. */
  void takeBack(long from) {
    acknowledged = Math.min(acknowledged, from - 1);
  }
}
