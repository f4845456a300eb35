package io.tidemark.source.enumerator;

import io.tidemark.dump.plan.PageRange;
import io.tidemark.postgres.Column;
import io.tidemark.postgres.KeyTexts;
import io.tidemark.postgres.PgType;
import io.tidemark.postgres.RowKey;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import io.tidemark.postgres.catalog.PhysicalTable;
import io.tidemark.source.event.EnumeratorEvent.ActiveDump;
import io.tidemark.source.event.EnumeratorEvent.Span;
import io.tidemark.source.event.ReaderEvent.FinishedSplit;
import io.tidemark.source.split.DumpSplit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A coordinator, what it commanded, and one table, of which dump 1 is. */
abstract class CoordinatorHarness {
  static final TableName ORDERS = new TableName("public", "orders");
  static final TableSchema SCHEMA =
      new TableSchema(
          16384,
          ORDERS,
          ReplicaIdentity.DEFAULT,
          List.of(new Column("id", PgType.base(20, "bigint"), -1)),
          0);
  static final PhysicalTable LEAF = new PhysicalTable(SCHEMA, 16384, ORDERS, 1, 1, null);
  static final RowKey KEY = new RowKey(new byte[] {0, 1, -1, -1, -1, -1});
  static final long ATTEMPT = 7;

  final Recorder recorder = new Recorder();
  DumpCoordinator coordinator = new DumpCoordinator(recorder);

  /** Keeps what was commanded. */
  final class Recorder implements DumpCommands {
    final List<Long> planned = new ArrayList<>();
    final List<Long> plannedLater = new ArrayList<>();

    /** The keys that were asked for of the table, by request, when each was to be planned. */
    final List<Map<Long, KeyTexts>> keysPlanned = new ArrayList<>();

    final Map<String, Integer> assigned = new LinkedHashMap<>();
    final Map<String, DumpSplit> splits = new LinkedHashMap<>();
    final List<String> progress = new ArrayList<>();
    final List<Long> requestsRead = new ArrayList<>();
    final Map<Long, String> requestsFailed = new LinkedHashMap<>();
    List<ActiveDump> published = List.of();
    final Set<Integer> failed = new HashSet<>();

    /** The requests, 0 for a whole table, of which the end was told. */
    final List<Long> ends = new ArrayList<>();

    /** Whether the stream reader answers to dumps that are over. */
    boolean tellsEnds = true;

    @Override
    public void plan(long dump, TableName table) {
      planned.add(dump);
      keysPlanned.add(coordinator.requestedKeys(table));
    }

    @Override
    public void planLater(long dump, TableName table) {
      plannedLater.add(dump);
    }

    @Override
    public boolean isRunning(int subtask) {
      return !failed.contains(subtask);
    }

    @Override
    public void assign(DumpSplit split, int subtask) {
      assigned.put(split.splitId(), subtask);
      splits.put(split.splitId(), split);
    }

    @Override
    public void publish() {
      published = coordinator.picture();
      if (tellsEnds) {
        published.stream().filter(ActiveDump::isOver).forEach(this::tellEnds);
      }
    }

    /** As the stream reader does, whichever run of it is on. */
    private void tellEnds(ActiveDump dump) {
      ends.addAll(dump.ends());
      for (long attempt = ATTEMPT; attempt < ATTEMPT + 3; attempt++) {
        coordinator.ended(attempt, dump.dump());
      }
    }

    @Override
    public void requestProgress(long request, int read, int parts) {
      progress.add("%d: %d of %d".formatted(request, read, parts));
    }

    @Override
    public void requestRead(long request) {
      requestsRead.add(request);
    }

    @Override
    public void requestFailed(long request, String reason) {
      requestsFailed.put(request, reason);
    }
  }

  /** Whether every dump is over. */
  boolean isDone() {
    return coordinator.openDumps() == 0;
  }

  void startStream() {
    coordinator.streamStarted(ATTEMPT, List.of());
  }

  void plan(int ranges) {
    coordinator.request(ORDERS);
    planned(1, planOf(ranges));
  }

  /** A plan without keys. */
  void planned(long dump, List<PlannedTable> tables) {
    coordinator.planned(dump, plan(tables, Map.of()));
  }

  static CaptureWorld.Plan plan(List<PlannedTable> tables, Map<Long, PlannedKeys> keys) {
    return new CaptureWorld.Plan(tables, new Span(1, 1), keys, null);
  }

  static List<PlannedTable> planOf(int ranges) {
    List<PageRange> pages = new ArrayList<>();
    for (int i = 0; i < ranges; i++) {
      pages.add(i == ranges - 1 ? PageRange.from(10L * i) : new PageRange(10L * i, 10L * (i + 1)));
    }
    return List.of(new PlannedTable(LEAF, pages, 10L * ranges));
  }

  void dumpPagesOf(int ranges) {
    startStream();
    plan(ranges);
    coordinator.armed(ATTEMPT, 1, 5);
    for (int i = 0; i < ranges; i++) {
      coordinator.splitWanted(0);
      finish(last());
    }
    coordinator.splitWanted(0);
  }

  String last() {
    return List.copyOf(recorder.assigned.keySet()).get(recorder.assigned.size() - 1);
  }

  void finish(String split) {
    coordinator.finished(List.of(new FinishedSplit(split, 1, 100)));
  }

  int round() {
    return recorder.published.get(0).round();
  }
}
