package io.tidemark.gateway.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.gateway.wire.RangeAnswer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A range of a dump on demand: its rows come one by one, and after the last one the end of each
 * lane.
 */
final class SimulatedRange {
  final long request;
  private final int lanes;
  private final int size;
  private final List<String> rows = new ArrayList<>();
  boolean emitted;
  boolean closed;
  private int lanesEnded;

  SimulatedRange(long request, int lanes, Random random) {
    this.request = request;
    this.lanes = lanes;
    this.size = random.nextInt(5);
  }

  /** Another row; false if there are no more. */
  boolean next(String text) {
    if (rows.size() == size) {
      emitted = true;
      return false;
    }
    rows.add(text);
    return true;
  }

  private boolean isRead() {
    return lanesEnded == lanes;
  }

  /** The next lane ends, if there is one, also of a range that is closed. */
  void endLane(Outbox outbox) {
    if (emitted && !isRead()) {
      lanesEnded++;
      outbox.rangeEnds(request, lanes);
    }
  }

  /** A barrier comes: it stands behind the ends of all lanes, or before them. */
  void align(Outbox outbox) {
    while (lanesEnded > 0 && !isRead()) {
      endLane(outbox);
    }
  }

  /** A restored job has not heard that the ends were emitted. */
  void endAgain(Outbox outbox) {
    if (isRead()) {
      for (int lane = 0; lane < lanes; lane++) {
        outbox.rangeEnds(request, lanes);
      }
    }
  }

  void answered(RangeAnswer answer, OutboxJudge judge) {
    closed = true;
    if (answer.getRequeueReason().isEmpty()) {
      assertThat(isRead()).as("it is done after it was read").isTrue();
      assertThat(rows).allMatch(judge::isAcknowledged);
    } else {
      assertThat(rows).anyMatch(judge::wasAcknowledged);
    }
  }
}
