package io.tidemark.source.reader;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.postgres.Column;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.change.Ddl;
import io.tidemark.postgres.change.Position;
import io.tidemark.postgres.change.SchemaChange;
import io.tidemark.postgres.ddl.DdlStatement;
import io.tidemark.postgres.ddl.MalformedDdlException;
import io.tidemark.postgres.stream.StreamPosition;
import io.tidemark.source.event.EnumeratorEvent.ActiveDump;
import io.tidemark.source.event.EnumeratorEvent.Published;
import io.tidemark.source.event.EnumeratorEvent.Span;
import io.tidemark.source.event.EnumeratorEvent.TablePlan;
import io.tidemark.source.event.ReaderEvent;
import io.tidemark.source.lane.LaneRecord;
import io.tidemark.source.split.StreamSplit;
import io.tidemark.source.split.StreamTable;
import io.tidemark.source.split.UnseenXids;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What the lanes are told of tables at a fresh start, and of tables that come with their dump. */
class StreamEmitterTablesTest extends EmitterFixture {
  private static final TableSchema LATER = schema("later");

  private List<SchemaChange> told() {
    return emitted.stream()
        .filter(each -> each instanceof LaneRecord.Stream s && s.change() instanceof SchemaChange)
        .map(each -> (SchemaChange) ((LaneRecord.Stream) each).change())
        .toList();
  }

  /** A statement leaves the table with these columns. */
  private void alter(TableSchema schema) {
    Position position = new Position(lsn, ++ordinal);
    emitter.accept(
        new SchemaChange(position, 1, 1, null, schema, SchemaChange.Source.STRUCTURE, Map.of()),
        lsn + ordinal,
        nanos);
  }

  /** A statement leaves the table with these partitions. */
  private void partition(int... leaves) {
    String attributes =
        """
        "shape": 0, "schemaOid": 1, "schema": "public", "persistence": "p", "owner": "o",
        "fileNode": 0, "parents": [], "primaryKey": [1], "replicaIdentity": "d", "identityKey": []}
        """;
    StringBuilder tables = new StringBuilder("{'oid': 1, 'name': 'root', 'kind': 'p',");
    tables.append(attributes);
    for (int leaf : leaves) {
      tables.append(", {'oid': %d, 'name': 'leaf', 'kind': 'r', 'root': 1,".formatted(leaf));
      tables.append(attributes);
    }
    String json =
        "{'version': 1, 'event': 'end', 'tag': 'ALTER TABLE', 'xid': '1', 'shapes': [[]], 'tables': [%s]}"
            .formatted(tables)
            .replace('\'', '"')
            .replace('\n', ' ');
    Position position = new Position(lsn, ++ordinal);
    try {
      emitter.accept(new Ddl(position, 1, 1, DdlStatement.parse(json)), lsn + ordinal, nanos);
    } catch (MalformedDdlException e) {
      throw new AssertionError(json, e);
    }
  }

  @Test
  void aPlanFromBeforeAPartitionWasAttachedIsMadeAnewForATableThatCameByARow() {
    transaction(() -> insert(1, false));
    long before = lsn;
    transaction(() -> partition(7, 8));
    follow(dumps(planned(4, SCHEMA, before, before)));
    assertThat(events).contains(new ReaderEvent.PlanElsewhere(4));
    assertThat(emitted).doesNotContain(new LaneRecord.Arm(0, NAME));
    follow(dumps(planned(5, SCHEMA, lsn, lsn)));
    assertThat(events).doesNotContain(new ReaderEvent.PlanElsewhere(5));
    assertThat(emitted).contains(new LaneRecord.Arm(0, NAME));
    follow(noDumps());
    follow(dumps(planned(6, SCHEMA, before, before)));
    assertThat(events)
        .as("its partitions are known")
        .doesNotContain(new ReaderEvent.PlanElsewhere(6));
  }

  @Test
  void aFreshStartTellsAllTablesOnceBeforeAnythingElse() {
    StreamSplit fresh =
        new StreamSplit(
            StreamPosition.at(10),
            1,
            1,
            0,
            0,
            List.of(StreamTable.captured(SCHEMA, List.of(7, 8))),
            UnseenXids.NONE,
            0);
    emitted.clear();
    emitter = emitter(2, fresh);
    assertThat(told())
        .hasSize(2)
        .allMatch(SchemaChange::isNew)
        .allMatch(change -> change.after().equals(SCHEMA))
        .allMatch(change -> change.position().equals(new Position(10, 0)));
    transaction(() -> insert(1, false));
    assertThat(told()).hasSize(2);
    emitter = emitter(2, emitter.snapshot(1));
    emitter.begin();
    transaction(() -> insert(1, false));
    assertThat(told()).as("a checkpoint has what was told").hasSize(2);
    assertThat(emitter.snapshot(2).tables())
        .containsExactly(StreamTable.captured(SCHEMA, List.of(7, 8)));
  }

  @Test
  void aTableThatIsPlannedAheadOfTheStreamIsToldOnceTheStreamIsThere() {
    lsn = 300;
    follow(dumps(planned(4, LATER, 250, 400)));
    assertThat(told()).isEmpty();
    assertThat(emitted).doesNotContain(new LaneRecord.Arm(0, NAME));
    assertThat(emitter.wantsProgress()).isTrue();
    emitter.heartbeat(399, nanos);
    assertThat(told()).isEmpty();
    emitter.heartbeat(400, nanos);
    assertThat(told()).singleElement().matches(change -> change.after().equals(LATER));
    assertThat(emitted).containsOnlyOnce(new LaneRecord.Arm(0, NAME));
    assertThat(events).doesNotContain(new ReaderEvent.PlanElsewhere(4));
  }

  @Test
  void aTableThatIsKnownIsArmedThoughItsPlanIsAhead() {
    transaction(() -> insert(1, false));
    follow(dumps(planned(4, SCHEMA, 250, lsn + 100)));
    assertThat(emitted).contains(new LaneRecord.Arm(0, NAME));
  }

  @Test
  void aRowThatComesWhileADumpWaitsTellsTheTableAsItIsThere() {
    lsn = 300;
    follow(dumps(planned(4, LATER, 250, 5_000)));
    transaction(() -> insert(1, false));
    assertThat(told()).singleElement().matches(change -> change.after().equals(SCHEMA));
    emitter.heartbeat(5_000, nanos);
    assertThat(emitted).contains(new LaneRecord.Arm(0, NAME));
    assertThat(told()).hasSize(1);
  }

  @Test
  void aPlanFromBeforeAStatementIsMadeAnew() {
    lsn = 300;
    transaction(() -> alter(LATER));
    long commit = lsn - 10;
    follow(dumps(planned(4, SCHEMA, commit, commit)));
    assertThat(events).contains(new ReaderEvent.PlanElsewhere(4));
    assertThat(told()).isEmpty();
    follow(dumps(planned(5, LATER, commit + 1, lsn)));
    assertThat(told()).singleElement().matches(change -> change.after().equals(LATER));
    assertThat(events).doesNotContain(new ReaderEvent.PlanElsewhere(5));
  }

  @Test
  void aTableWhoseColumnsGetNumbersWithOtherNamesIsDumpedAgain() {
    transaction(() -> insert(1, false));
    TableSchema numbered =
        LATER.withColumns(
            LATER.columns().stream()
                .map(c -> new Column(c.name(), c.type(), -1, 1 + LATER.ordinal(c.name())))
                .toList());
    transaction(() -> alter(numbered));
    assertThat(events)
        .contains(new ReaderEvent.TableVoided(ATTEMPT, NAME, emitter.markCounter(), true));
    events.clear();
    transaction(() -> alter(schema("other").withColumns(numbered.columns().subList(0, 1))));
    assertThat(events).noneMatch(ReaderEvent.TableVoided.class::isInstance);
  }

  @Test
  void aPlanFromBeforeATableWentIsMadeAnew() {
    transaction(() -> insert(1, false), () -> alter(LATER));
    long before = lsn;
    transaction(() -> insertOf(schema(new TableName("public", "other"), "later")));
    assertThat(told()).last().matches(SchemaChange::isGone);
    follow(dumps(planned(4, SCHEMA, before, before)));
    assertThat(events).contains(new ReaderEvent.PlanElsewhere(4));
    assertThat(told()).last().matches(SchemaChange::isGone);
  }

  @Test
  void aPlanFromBeforeTheStartIsMadeAnewAsStatementsOfThenAreNotKnown() {
    begin();
    insertOf(schema(new TableName("public", "other"), "v"));
    emitter = emitter(1, emitter.snapshot(1));
    long open = lsn;
    commit();
    follow(dumps(planned(4, SCHEMA, open, open)));
    assertThat(events).contains(new ReaderEvent.PlanElsewhere(4));
    follow(dumps(planned(5, SCHEMA, open + 1, open + 1)));
    assertThat(told()).singleElement().matches(change -> change.after().equals(SCHEMA));
  }

  private void look(long before, long after) {
    emitter.look(new Published(ATTEMPT, List.of(), before, after));
    emitter.heartbeat(lsn, nanos);
  }

  @Test
  void aLookFromBeforeATableCameDoesNotDecideThatItHasGone() {
    transaction(() -> insert(1, false));
    look(lsn - 50, lsn);
    assertThat(told()).noneMatch(SchemaChange::isGone);
    assertThat(events).as("a later one does").contains(new ReaderEvent.LookWanted());
    look(lsn, lsn);
    assertThat(told()).last().matches(SchemaChange::isGone);
  }

  @Test
  void aTableUnderDumpThatWentBeforeTheCheckpointIsToldToBeGoneAfterTheRestore() {
    transaction(() -> insert(1, false));
    follow(dumps(dump(4)));
    StreamSplit state = emitter.snapshot(1);
    List<StreamTable> armed =
        state.tables().stream().filter(table -> !CapturedTables.isNameOnly(table)).toList();
    assertThat(armed).hasSize(1);
    StreamSplit without =
        new StreamSplit(state.position(), 1, 1, 0, state.markCounter(), armed, UnseenXids.NONE, 1);
    events.clear();
    emitter = emitter(1, without);
    assertThat(events).contains(new ReaderEvent.TableGone(NAME, SCHEMA.oid()));
  }

  @Test
  void aTableThatIsGivenUpIsSoInEveryCheckpointThatMayLackTheDumpOfAllItsRows() {
    transaction(() -> insert(1, false));
    follow(dumps(dump(4)));
    transaction(() -> alter(KEYED_BY_BOTH));
    assertThat(isDumpWanted(7)).isTrue();
    TablePlan plan = new TablePlan(KEYED_BY_BOTH, List.of(1), new Span(lsn, lsn));
    follow(dumps(new ActiveDump(5, plan, -1, 0, 0, false, 0, false, 0, true, 7, null)));
    assertThat(isDumpWanted(7)).as("it was begun before dump 5").isTrue();
    assertThat(isDumpWanted(8)).isFalse();
  }

  private boolean isDumpWanted(long checkpoint) {
    return emitter.snapshot(checkpoint).tables().stream().anyMatch(StreamTable::dumpWanted);
  }
}
