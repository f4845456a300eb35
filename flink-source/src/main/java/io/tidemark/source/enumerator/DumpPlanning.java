package io.tidemark.source.enumerator;

import io.tidemark.postgres.KeyTexts;
import io.tidemark.postgres.TableName;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.util.FlinkRuntimeException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has dumps planned on the worker, some at a time: those that are planned can be read while others
 * are planned. What no dump source can plan now is tried again when {@link #again} is called. On
 * the coordinator's thread.
 */
final class DumpPlanning {
  private static final Logger LOG = LoggerFactory.getLogger(DumpPlanning.class);

  /** Tables of which the plans are made over one connection, before any of them is read. */
  private static final int PLANNED_AT_ONCE = 32;

  private final SplitEnumeratorContext<?> context;
  private final CaptureWorld world;
  private final Function<TableName, Map<Long, KeyTexts>> keys;
  private final BiConsumer<Planned, CaptureWorld.Plan> planned;

  /** Dumps to be planned, by their table. */
  private final Map<TableName, Long> waiting = new LinkedHashMap<>();

  /** Dumps whose plan no dump source could give. */
  private final Map<TableName, Long> later = new LinkedHashMap<>();

  /** The dump of each table that was asked for last: plans of others are of no use. */
  private final Map<TableName, Long> wanted = new HashMap<>();

  /** Why the plan of a table could not be given, as it was told last. */
  private final Map<TableName, String> told = new HashMap<>();

  private boolean underWay;

  /** A dump and its table. */
  record Planned(long dump, TableName table) {}

  /**
   * Nothing to plan yet.
   *
   * @param keys gives the keys asked for of a table, by request, on the coordinator's thread
   * @param planned gets each plan, on the coordinator's thread
   */
  DumpPlanning(
      SplitEnumeratorContext<?> context,
      CaptureWorld world,
      Function<TableName, Map<Long, KeyTexts>> keys,
      BiConsumer<Planned, CaptureWorld.Plan> planned) {
    this.context = context;
    this.world = world;
    this.keys = keys;
    this.planned = planned;
  }

  /** Has a dump planned; one of the same table that waits is planned no more. */
  void plan(long dump, TableName table) {
    wanted.put(table, dump);
    later.remove(table);
    waiting.put(table, dump);
    next();
  }

  /** As {@link #plan}, when what could not be planned is tried once more. */
  void planLater(long dump, TableName table) {
    wanted.put(table, dump);
    waiting.remove(table);
    later.put(table, dump);
  }

  /** Tries once more what could not be planned. */
  void again() {
    later.forEach(waiting::putIfAbsent);
    later.clear();
    next();
  }

  private void next() {
    if (underWay || waiting.isEmpty()) {
      return;
    }
    Map<TableName, Long> some = new LinkedHashMap<>();
    for (var i = waiting.entrySet().iterator(); i.hasNext() && some.size() < PLANNED_AT_ONCE; ) {
      Map.Entry<TableName, Long> next = i.next();
      some.put(next.getKey(), next.getValue());
      i.remove();
    }
    underWay = true;
    Map<TableName, Map<Long, KeyTexts>> tables = new LinkedHashMap<>();
    some.keySet().forEach(table -> tables.put(table, keys.apply(table)));
    context.callAsync(() -> world.plan(tables), (plans, failure) -> done(some, plans, failure));
  }

  private void done(
      Map<TableName, Long> dumps, Map<TableName, CaptureWorld.Plan> plans, Throwable failure) {
    underWay = false;
    if (failure != null) {
      throw new FlinkRuntimeException("cannot plan dumps: " + failure.getMessage(), failure);
    }
    dumps.forEach(
        (table, dump) -> {
          CaptureWorld.Plan plan = plans.get(table);
          if (plan.notNow() != null) {
            if (!plan.notNow().equals(told.put(table, plan.notNow()))) {
              LOG.warn("The dump of {} is planned later: {}", table, plan.notNow());
            }
            // Another one has taken its place, or an older one has come back with its readers.
            if (dump.equals(wanted.get(table))) {
              later.put(table, dump);
            }
          } else {
            told.remove(table);
            planned.accept(new Planned(dump, table), plan);
          }
        });
    next();
  }
}
