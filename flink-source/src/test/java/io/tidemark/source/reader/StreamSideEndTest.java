package io.tidemark.source.reader;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.postgres.change.Begin;
import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.Commit;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.postgres.stream.Batches;
import io.tidemark.source.KeptGauges;
import io.tidemark.source.event.EnumeratorEvent.Dumps;
import io.tidemark.source.event.ReaderEvent;
import io.tidemark.source.lane.LaneRecord;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A stream that is to end while the server goes on: it ends behind a commit, and for good. */
class StreamSideEndTest extends EmitterFixture {
  private final FeedByHand feed = new FeedByHand();
  private StreamSide side;

  @BeforeEach
  void offerTheEnd() throws Exception {
    side = new StreamSide(feed, emitter, new KeptGauges(), () -> 0);
    side.wish(new Dumps(ATTEMPT, List.of(), 1, 1, 1));
    feed.batches.add(Batches.messages(150, 0, 160));
    side.emitNext();
    side.wish(new Dumps(ATTEMPT, List.of(), 1, 1, 2));
    emitted.clear();
  }

  private static Change inserted(int key, boolean partial, long commitLsn, long ordinal) {
    return RowChange.insert(
        SCHEMA, row(key, partial), new RowChange.Origin(commitLsn, ordinal, 1, 1));
  }

  @Test
  void nothingIsEmittedOrAskedForBehindTheEnd() throws Exception {
    feed.batches.add(
        Batches.transactions(
            List.of(inserted(1, false, 200, 1)), List.of(inserted(2, true, 300, 1))));
    while (side.emitNext()) {}
    assertThat(side.hasEnded()).isTrue();
    assertThat(events).endsWith(new ReaderEvent.StreamEnded());
    assertThat(changes()).hasSize(4).last().isInstanceOf(Commit.class);
  }

  @Test
  void noTransactionIsCutByTheEndHoweverLargeItIs() throws Exception {
    List<Change> many = new ArrayList<>();
    for (int i = 1; i <= 100; i++) {
      many.add(inserted(i, false, 300, i));
    }
    feed.batches.add(Batches.transactions(List.of(inserted(1, false, 200, 1)), many));
    while (side.emitNext()) {}
    assertThat(changes()).filteredOn(Begin.class::isInstance).hasSize(1);
    assertThat(changes()).last().isInstanceOf(Commit.class);
  }

  private List<Change> changes() {
    return emitted.stream()
        .filter(LaneRecord.Stream.class::isInstance)
        .map(record -> ((LaneRecord.Stream) record).change())
        .toList();
  }
}
