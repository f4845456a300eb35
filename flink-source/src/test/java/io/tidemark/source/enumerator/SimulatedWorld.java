package io.tidemark.source.enumerator;

import io.tidemark.dump.plan.PageRange;
import io.tidemark.postgres.KeyTexts;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.catalog.PhysicalTable;
import io.tidemark.source.DumpRequests;
import io.tidemark.source.StartMode;
import io.tidemark.source.simulation.SimulatedTable;
import io.tidemark.source.split.CaptureSplit;
import io.tidemark.source.split.StreamSplit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;

/** The database as the enumerator sees it, in a simulation. */
public final class SimulatedWorld implements CaptureWorld {
  private final Set<TableName> tables;
  private final Supplier<StreamSplit> start;
  private final Function<TableName, Planned> planner;
  private final DumpRequests requests;

  /**
   * What a plan found.
   *
   * @param table null if no replica can tell now
   */
  public record Planned(PhysicalTable table, List<PageRange> ranges) {}

  /**
   * A database.
   *
   * @param start where the slot stands
   * @param requests null if no dumps are requested
   */
  public SimulatedWorld(
      Set<TableName> tables,
      Supplier<StreamSplit> start,
      Function<TableName, Planned> planner,
      DumpRequests requests) {
    this.tables = tables;
    this.start = start;
    this.planner = planner;
    this.requests = requests;
  }

  /** The product's enumerator over it; {@code restored} is null at a fresh start. */
  public SplitEnumerator<CaptureSplit, EnumeratorState> newEnumerator(
      SplitEnumeratorContext<CaptureSplit> context, EnumeratorState restored) {
    return new CaptureEnumerator(
        context,
        this,
        new CaptureEnumerator.Options(StartMode.dumpThenStream(), requests),
        restored,
        new EnumeratorMetrics());
  }

  /** Whether every table was dumped and none is under dump or repair. */
  public boolean isDumped(EnumeratorState state) {
    return state.prepared()
        && state.dumps().dumps().dumps().isEmpty()
        && state.dumps().dumps().done().containsAll(tables);
  }

  /** The requests that were not closed. */
  public List<?> requests(EnumeratorState state) {
    return state.dumps().requests();
  }

  @Override
  public Ready prepare() {
    return new Ready(start.get(), List.copyOf(tables));
  }

  @Override
  public List<TableName> tables() {
    return List.copyOf(tables);
  }

  @Override
  public boolean captures(TableName table) {
    return tables.contains(table);
  }

  @Override
  public void inspect() {}

  @Override
  public Map<TableName, Plan> plan(Map<TableName, Map<Long, KeyTexts>> wanted) {
    Map<TableName, Plan> plans = new HashMap<>();
    for (TableName table : wanted.keySet()) {
      Planned planned = planner.apply(table);
      plans.put(
          table,
          planned.table() == null
              ? new Plan(List.of(), Map.of(), "no replica answers")
              : new Plan(
                  List.of(new PlannedTable(planned.table(), planned.ranges(), 1)),
                  keys(planned.table().schema(), wanted.get(table)),
                  null));
    }
    return plans;
  }

  private static Map<Long, PlannedKeys> keys(TableSchema schema, Map<Long, KeyTexts> requests) {
    Map<Long, PlannedKeys> planned = new HashMap<>();
    requests.forEach(
        (request, keys) -> {
          List<List<String>> texts = keys.keys();
          boolean fit = texts.stream().allMatch(key -> key.size() == schema.keySize());
          planned.put(
              request,
              fit
                  ? new PlannedKeys(texts.stream().map(SimulatedTable::key).toList(), null)
                  : new PlannedKeys(List.of(), schema.name() + " has another key"));
        });
    return planned;
  }

  @Override
  public void dropSlot() {
    throw new AssertionError("the slot of a capture that goes on is dropped");
  }

  @Override
  public Wal wal() {
    return new Wal(0, 0);
  }
}
