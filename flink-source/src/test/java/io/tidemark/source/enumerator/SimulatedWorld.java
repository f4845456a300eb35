package io.tidemark.source.enumerator;

import io.tidemark.dump.plan.PageRange;
import io.tidemark.postgres.KeyTexts;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.catalog.PhysicalTable;
import io.tidemark.source.DumpRequests;
import io.tidemark.source.StartMode;
import io.tidemark.source.event.EnumeratorEvent.Published;
import io.tidemark.source.event.EnumeratorEvent.Span;
import io.tidemark.source.simulation.SimulatedTable;
import io.tidemark.source.split.CaptureSplit;
import io.tidemark.source.split.StreamSplit;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;

/** The database as the enumerator sees it, in a simulation. */
public final class SimulatedWorld implements CaptureWorld {
  private final Supplier<Published> looks;
  private final Predicate<TableName> captured;
  private final Supplier<StreamSplit> start;
  private final Function<TableName, Planned> planner;
  private final DumpRequests requests;

  /**
   * What a plan found.
   *
   * @param table null if no replica can tell now
   * @param at where it is so
   */
  public record Planned(PhysicalTable table, List<PageRange> ranges, Span at) {
    /** No replica can tell now. */
    public static final Planned NOT_NOW = new Planned(null, List.of(), Span.UNKNOWN);
  }

  /**
   * A database.
   *
   * @param looks what the publication has; of no attempt
   * @param captured which tables the capture is of, if they are published
   * @param planner null for a table that is not published
   * @param start where the slot stands
   * @param requests null if no dumps are requested
   */
  public SimulatedWorld(
      Supplier<Published> looks,
      Predicate<TableName> captured,
      Supplier<StreamSplit> start,
      Function<TableName, Planned> planner,
      DumpRequests requests) {
    this.looks = looks;
    this.captured = captured;
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
        new CaptureEnumerator.Options(StartMode.dumpThenStream(), requests, Duration.ofSeconds(10)),
        restored,
        new EnumeratorMetrics());
  }

  /** Whether every one of these was dumped and none is under dump or repair. */
  public boolean isDumped(EnumeratorState state, Collection<TableName> tables) {
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
    return new Ready(start.get(), look().names());
  }

  @Override
  public Look look() {
    Published look = looks.get();
    return new Look(look.tables(), look.before(), look.after());
  }

  @Override
  public boolean captures(TableName table) {
    return captured.test(table);
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
          planned == null
              ? Plan.NONE
              : planned.table() == null
                  ? Plan.notNow("no replica answers")
                  : new Plan(
                      List.of(new PlannedTable(planned.table(), planned.ranges(), 1)),
                      planned.at(),
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
