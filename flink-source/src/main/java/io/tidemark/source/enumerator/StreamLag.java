package io.tidemark.source.enumerator;

import io.tidemark.postgres.Lsn;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * How far the stream is behind the primary's WAL: in bytes, and in time, which is the age of the
 * oldest place in the WAL that the stream has not passed. As exact as the WAL is looked at often.
 *
 * <p>Written on the coordinator's thread, read by metrics from any.
 */
final class StreamLag {
  /** Beyond, every other place is forgotten: the lag falls in larger steps. */
  private static final int MAX_PLACES = 1024;

  /** The end of the WAL, and when it was seen there. */
  private record Place(long lsn, long nanos) {}

  private final Deque<Place> ahead = new ArrayDeque<>();

  /** Nanoseconds between two places. */
  private long spacing;

  private long position;
  private long end;
  private long now;

  /** The WAL was seen to end here. */
  synchronized void walEnd(long lsn, long nanos) {
    now = nanos;
    end = Lsn.max(end, lsn);
    if (ahead.isEmpty() && Lsn.compare(lsn, position) > 0) {
      spacing = 0;
      ahead.add(new Place(lsn, nanos));
    } else if (!ahead.isEmpty()
        && Lsn.compare(lsn, ahead.getLast().lsn) > 0
        && nanos - ahead.getLast().nanos >= spacing) {
      ahead.add(new Place(lsn, nanos));
      if (ahead.size() > MAX_PLACES) {
        thinOut();
      }
    }
  }

  private void thinOut() {
    Place[] places = ahead.toArray(new Place[0]);
    spacing = 2 * (places[places.length - 1].nanos - places[0].nanos) / places.length;
    ahead.clear();
    // The oldest stays: it tells the lag.
    for (int i = 0; i < places.length; i += 2) {
      ahead.add(places[i]);
    }
  }

  /** The stream starts again, perhaps further back. */
  synchronized void restarted() {
    position = 0;
    ahead.clear();
  }

  /** The stream has emitted everything before this. */
  synchronized void emitted(long lsn) {
    position = Lsn.max(position, lsn);
    while (!ahead.isEmpty() && Lsn.compare(ahead.peek().lsn, position) <= 0) {
      ahead.poll();
    }
  }

  /** As of the last look at the WAL. */
  synchronized long bytes() {
    return position == 0 || Lsn.compare(end, position) <= 0 ? 0 : end - position;
  }

  /** As of the last look at the WAL. */
  synchronized long millis() {
    return ahead.isEmpty() ? 0 : (now - ahead.peek().nanos) / 1_000_000;
  }
}
