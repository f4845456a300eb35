package io.tidemark.gateway.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.gateway.wire.RangeAnswer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A range of a dump on demand: its rows come one by one, and after the last one it is read. */
final class SimulatedRange {
  final long request;
  private final int size;
  private final List<String> rows = new ArrayList<>();
  boolean emitted;
  boolean closed;
  private boolean read;

  SimulatedRange(long request, Random random) {
    this.request = request;
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

  void readNow(Outbox outbox) {
    if (emitted && !read && !closed) {
      read = true;
      outbox.rangeRead(request);
    }
  }

  /** Another server tells again. */
  void readAgain(Outbox outbox) {
    if (read && !closed) {
      outbox.rangeRead(request);
    }
  }

  void answered(RangeAnswer answer, OutboxJudge judge) {
    closed = true;
    if (answer.getRequeueReason().isEmpty()) {
      assertThat(read).as("it is done after it was read").isTrue();
      assertThat(rows).allMatch(judge::isAcknowledged);
    } else {
      assertThat(rows).anyMatch(judge::isAcknowledged);
    }
  }
}
