package io.tidemark.source.enumerator;

import io.tidemark.dump.chunk.DumpException;
import io.tidemark.dump.chunk.KeyInput;
import io.tidemark.dump.chunk.KeyInputException;
import io.tidemark.dump.plan.DumpPlanner;
import io.tidemark.dump.plan.PageRange;
import io.tidemark.postgres.KeyTexts;
import io.tidemark.postgres.Lsn;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.catalog.CatalogReader;
import io.tidemark.postgres.catalog.PhysicalTable;
import io.tidemark.postgres.catalog.PublishedSchema;
import io.tidemark.postgres.catalog.TableSize;
import io.tidemark.postgres.connection.Endpoint;
import io.tidemark.postgres.setup.DumpRights;
import io.tidemark.postgres.setup.PatientSession;
import io.tidemark.postgres.setup.Preflight;
import io.tidemark.postgres.setup.PreflightException;
import io.tidemark.postgres.setup.Problem;
import io.tidemark.postgres.setup.Publications;
import io.tidemark.postgres.setup.SlotStatus;
import io.tidemark.postgres.setup.Slots;
import io.tidemark.postgres.stream.StreamPosition;
import io.tidemark.postgres.types.TypeCatalog;
import io.tidemark.source.CaptureConfig;
import io.tidemark.source.CaptureOptions;
import io.tidemark.source.StartMode;
import io.tidemark.source.event.EnumeratorEvent.PublishedTable;
import io.tidemark.source.event.EnumeratorEvent.Span;
import io.tidemark.source.split.StreamSplit;
import io.tidemark.source.split.StreamTable;
import io.tidemark.source.split.UnseenXids;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The real databases: the primary for slot and publication, a dump source for the plans. */
final class Databases implements CaptureWorld {
  private static final Logger LOG = LoggerFactory.getLogger(Databases.class);

  private final CaptureConfig config;
  private final int readers;

  /** Where a stream starts, and tables as they are known to be there. */
  private record Start(Lsn lsn, List<StreamTable> tables) {
    Start(Lsn lsn, Collection<PublishedSchema> tables) {
      this(
          lsn,
          tables.stream()
              .map(table -> StreamTable.captured(table.schema(), table.leaves()))
              .toList());
    }
  }

  private Databases(CaptureConfig config, int readers) {
    this.config = config;
    this.readers = readers;
  }

  /**
   * The databases of a configuration.
   *
   * @param subtasks how many subtasks read dumps
   */
  static CaptureWorld of(CaptureConfig config, int subtasks) {
    int connections = config.options().get(CaptureOptions.DUMP_CONNECTIONS);
    return new Databases(config, subtasks * connections);
  }

  @Override
  public Ready prepare() throws Exception {
    Preflight.Result found = Preflight.check(config.preflight());
    found.warnings().forEach(warning -> LOG.warn("{}", warning));
    try (PatientSession session = PatientSession.open(config.primary(), this::tellWait)) {
      Connection primary = session.connection();
      if (found.publication().isEmpty()) {
        Set<TableName> tables = new TreeSet<>(found.tables());
        Publications.ddlLog(primary).ifPresent(tables::add);
        Publications.create(primary, config.publication(), tables, config.viaRoot());
      }
      Start start = found.slot().isPresent() ? start(found.slot().get(), primary) : start();
      StreamSplit stream =
          new StreamSplit(
              StreamPosition.at(start.lsn.value()),
              found.server().systemId(),
              found.server().timeline(),
              Publications.oid(primary, config.publication()).orElse(0),
              0,
              start.tables,
              UnseenXids.NONE,
              0);
      return new Ready(stream, captured(primary).stream().map(PublishedTable::name).toList());
    }
  }

  private void tellWait(String wait) {
    LOG.warn("Publication and slot '{}' are being made: {}", config.slot(), wait);
  }

  /** Where a new slot starts, with the tables as they are there. */
  private Start start() throws SQLException, IOException {
    try (PatientSession walsender = PatientSession.ofWalsender(config.primary(), this::tellWait);
        Connection catalog = config.primary().connect()) {
      Slots.Made slot = Slots.create(walsender.connection(), config.slot(), true);
      List<PublishedSchema> tables =
          new CatalogReader(catalog, new TypeCatalog(), slot.snapshot())
              .schemas(config.publication(), config::captures);
      return new Start(slot.start(), tables);
    }
  }

  /** Where a slot stands that was there, with the tables of which it is known that they are so. */
  private Start start(SlotStatus slot, Connection primary) throws SQLException {
    Lsn lsn =
        config.startMode() instanceof StartMode.StreamFrom from
            ? new Lsn(from.lsn())
            : slot.confirmedFlush();
    List<PublishedSchema> tables =
        new CatalogReader(primary, new TypeCatalog())
            .schemas(config.publication(), config::captures);
    List<Integer> oids = tables.stream().map(table -> table.schema().oid()).toList();
    Set<Integer> changed = Slots.changedSince(primary, slot.name(), oids);
    List<PublishedSchema> known = new ArrayList<>();
    for (PublishedSchema table : tables) {
      if (changed.contains(table.schema().oid())) {
        LOG.info(
            "Table {} may have been changed since {}, where slot '{}' stands: until a DDL statement"
                + " on it is told, the numbers of its columns are those of now",
            table.schema().name(),
            lsn,
            slot.name());
      } else {
        known.add(table);
      }
    }
    return new Start(lsn, known);
  }

  @Override
  public Look look() throws Exception {
    try (Connection primary = config.primary().connect()) {
      long before = Slots.walEnd(primary).value();
      List<PublishedTable> tables = captured(primary);
      return new Look(tables, before, Slots.walEnd(primary).value());
    }
  }

  private List<PublishedTable> captured(Connection primary) throws SQLException {
    List<PublishedTable> captured = new ArrayList<>();
    new CatalogReader(primary, new TypeCatalog())
        .publishedTables(config.publication())
        .forEach(
            (name, oid) -> {
              if (config.captures(name)) {
                captured.add(new PublishedTable(oid, name));
              }
            });
    return captured;
  }

  @Override
  public boolean captures(TableName table) {
    return config.captures(table);
  }

  @Override
  public void inspect() {
    try {
      Preflight.check(config.preflight()).warnings().forEach(each -> LOG.warn("{}", each));
    } catch (PreflightException e) {
      // A server that does not answer is told by what fails for it.
      e.problems().stream().filter(each -> !each.mayPass()).forEach(each -> LOG.warn("{}", each));
    }
  }

  @Override
  public Map<TableName, Plan> plan(Map<TableName, Map<Long, KeyTexts>> keys) throws Exception {
    Set<TableName> tables = keys.keySet();
    Map<TableName, Plan> plans = new HashMap<>();
    DumpException failure = null;
    int refusals = 0;
    for (Endpoint source : config.dumpSources()) {
      try (Connection connection = source.connect()) {
        CatalogReader catalog = new CatalogReader(connection, new TypeCatalog());
        for (TableName table : tables) {
          if (!plans.containsKey(table)) {
            Plan plan = plan(source, connection, catalog, table, keys.get(table));
            if (plan != null) {
              plans.put(table, plan);
            }
          }
        }
      } catch (SQLException e) {
        failure = DumpException.of("planning dumps on " + source, e);
        refusals += failure.failure().isRetryable() ? 0 : 1;
      }
      if (plans.size() == tables.size()) {
        return plans;
      }
    }
    if (failure != null && refusals == config.dumpSources().size()) {
      throw failure;
    }
    List<TableName> published = failure == null ? look().names() : List.of();
    for (TableName table : tables) {
      String notNow =
          failure != null
              ? failure.getMessage()
              : published.contains(table)
                  ? "no dump source has replayed the publication of " + table + " yet"
                  : null;
      plans.putIfAbsent(table, Plan.notNow(notNow));
    }
    return plans;
  }

  /** A table's plan by this dump source; null if it does not know the table as published. */
  private Plan plan(
      Endpoint source,
      Connection connection,
      CatalogReader catalog,
      TableName table,
      Map<Long, KeyTexts> keys)
      throws SQLException, InterruptedException {
    long before = Slots.walEnd(connection).value();
    List<PlannedTable> planned = plan(table, catalog);
    if (planned.isEmpty()) {
      // A root without partitions, if it is there.
      return catalog.publishes(config.publication(), table) ? Plan.NONE : null;
    }
    List<Integer> oids = planned.stream().map(each -> each.table().oid()).toList();
    Optional<Problem> noRight = DumpRights.missing(connection, source, oids);
    if (noRight.isPresent()) {
      return Plan.notNow(noRight.get().toString());
    }
    return new Plan(
        planned,
        new Span(before, Slots.visibleEnd(connection).value()),
        keys(connection, planned.get(0).table().schema(), keys),
        null);
  }

  private List<PlannedTable> plan(TableName table, CatalogReader catalog) throws SQLException {
    List<PlannedTable> planned = new ArrayList<>();
    for (PhysicalTable physical : catalog.tables(config.publication(), table)) {
      TableSize size = catalog.size(physical);
      List<PageRange> ranges = DumpPlanner.plan(size, readers);
      planned.add(new PlannedTable(physical, ranges, size.pages()));
    }
    return planned;
  }

  private static Map<Long, PlannedKeys> keys(
      Connection connection, TableSchema schema, Map<Long, KeyTexts> requests)
      throws SQLException, InterruptedException {
    Map<Long, PlannedKeys> planned = new HashMap<>();
    for (Map.Entry<Long, KeyTexts> request : requests.entrySet()) {
      PlannedKeys keys;
      try {
        keys = new PlannedKeys(KeyInput.read(connection, schema, request.getValue()), null);
      } catch (KeyInputException e) {
        keys = new PlannedKeys(List.of(), e.getMessage());
      }
      planned.put(request.getKey(), keys);
    }
    return planned;
  }

  @Override
  public void dropSlot() throws Exception {
    try (Connection primary = config.primary().connect()) {
      Slots.drop(primary, config.slot(), false);
    }
  }

  @Override
  public Wal wal() throws Exception {
    try (Connection primary = config.primary().connect()) {
      long retained = Slots.find(primary, config.slot()).map(SlotStatus::retainedBytes).orElse(0L);
      return new Wal(Slots.walEnd(primary).value(), retained);
    }
  }
}
