package io.tidemark.source.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.dump.plan.PageRange;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import io.tidemark.postgres.stream.StreamPosition;
import io.tidemark.source.enumerator.SimulatedWorld;
import io.tidemark.source.enumerator.SimulatedWorld.Planned;
import io.tidemark.source.event.EnumeratorEvent.Dumps;
import io.tidemark.source.event.EnumeratorEvent.Marks;
import io.tidemark.source.event.EnumeratorEvent.Published;
import io.tidemark.source.event.EnumeratorEvent.PublishedTable;
import io.tidemark.source.event.EnumeratorEvent.Span;
import io.tidemark.source.event.ReaderEvent;
import io.tidemark.source.lane.Mark;
import io.tidemark.source.simulation.SimulatedCoordinator.Request;
import io.tidemark.source.split.StreamSplit;
import io.tidemark.source.split.UnseenXids;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What the enumerator tells in which order, and what it plans after plans that did not work. */
class EnumeratorOrderTest {
  private static final TableName TABLE = new TableName("public", "t");
  private static final SimulatedTable NOW =
      new SimulatedTable(
          SimulatedTable.schema(TABLE, ReplicaIdentity.DEFAULT, List.of("id", "a")),
          1,
          1,
          new TreeMap<>());
  private static final long ATTEMPT = 7;

  private final Deque<Object> inbox = new ArrayDeque<>();
  private Planned plan = new Planned(NOW.planned(), List.of(PageRange.from(0)), new Span(1, 1));
  private final SimulatedCoordinator coordinator =
      new SimulatedCoordinator(
          Choices.replay(new int[0]),
          new SimulatedWorld(
              () -> new Published(0, List.of(new PublishedTable(NOW.schema().oid(), TABLE)), 0, 0),
              TABLE::equals,
              () ->
                  new StreamSplit(StreamPosition.at(1), 1, 1, 1, 0, List.of(), UnseenXids.NONE, 0),
              table -> plan,
              null),
          List.of(inbox),
          0,
          null);

  @Test
  void aVoidIsToldBeforeTheMarkThatFollowsIt() {
    start();
    inbox.clear();
    coordinator.handle(0, new ReaderEvent.TableVoided(ATTEMPT, TABLE, 6, false));
    coordinator.handle(0, new ReaderEvent.MarkEmitted(new Mark(ATTEMPT, 6, 100)));
    settle();
    assertThat(inbox).element(0).isInstanceOf(Dumps.class);
    assertThat(((Dumps) inbox.peek()).dumps().get(0).voidCounter()).isEqualTo(6);
    assertThat(inbox).element(1).isInstanceOf(Marks.class);
  }

  @Test
  void aDumpThatReplacesOneIsPlannedThoughTheOtherWasToBeTriedAgain() {
    plan = Planned.NOT_NOW;
    start();
    coordinator.tick();
    for (int step = 0; step < 3; step++) {
      coordinator.step();
    }
    // The answer to the second try is on its way.
    coordinator.handle(0, new ReaderEvent.TableVoided(ATTEMPT, TABLE, 6, true));
    settle();
    plan = new Planned(NOW.planned(), List.of(PageRange.from(0)), new Span(1, 1));
    coordinator.tick();
    settle();
    coordinator.handle(0, Request.SPLIT);
    coordinator.handle(0, new ReaderEvent.TableArmed(ATTEMPT, 2, 7));
    settle();
    assertThat(inbox).anyMatch(each -> each instanceof SimulatedCoordinator.Message.AddSplits);
  }

  @Test
  void aDumpThatComesBackWithItsReadersIsPlannedThoughANewerOneWasToBeTriedAgain() {
    plan = Planned.NOT_NOW;
    start();
    coordinator.checkpoint(1);
    coordinator.handle(0, new ReaderEvent.TableVoided(ATTEMPT, TABLE, 6, true));
    coordinator.step();
    coordinator.taskFailed(0);
    coordinator.taskReset(0, 1);
    coordinator.handle(0, Request.REGISTER);
    coordinator.handle(0, new ReaderEvent.StreamStarted(ATTEMPT + 1, 1, List.of(), List.of()));
    settle();
    plan = new Planned(NOW.planned(), List.of(PageRange.from(0)), new Span(1, 1));
    coordinator.tick();
    settle();
    assertThat(inbox)
        .last()
        .isInstanceOfSatisfying(
            Dumps.class, dumps -> assertThat(dumps.dumps().get(0).dump()).isEqualTo(1));
  }

  private void start() {
    coordinator.handle(0, Request.REGISTER);
    settle();
    inbox.clear();
    coordinator.handle(0, new ReaderEvent.StreamStarted(ATTEMPT, 0, List.of(), List.of()));
    settle();
  }

  private void settle() {
    while (coordinator.step()) {}
  }
}
