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
import io.tidemark.postgres.catalog.TableSize;
import io.tidemark.postgres.connection.Endpoint;
import io.tidemark.postgres.setup.PatientSession;
import io.tidemark.postgres.setup.Preflight;
import io.tidemark.postgres.setup.PreflightException;
import io.tidemark.postgres.setup.Publications;
import io.tidemark.postgres.setup.SlotStatus;
import io.tidemark.postgres.setup.Slots;
import io.tidemark.postgres.stream.StreamPosition;
import io.tidemark.postgres.types.TypeCatalog;
import io.tidemark.source.CaptureConfig;
import io.tidemark.source.CaptureOptions;
import io.tidemark.source.StartMode;
import io.tidemark.source.split.StreamSplit;
import io.tidemark.source.split.UnseenXids;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The real databases: the primary for slot and publication, a dump source for the plans. */
final class Databases implements CaptureWorld {
  private static final Logger LOG = LoggerFactory.getLogger(Databases.class);

  private final CaptureConfig config;
  private final int readers;

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
        Publications.create(primary, config.publication(), found.tables(), config.viaRoot());
      }
      Lsn start =
          found.slot().isPresent()
              ? start(found.slot().get())
              : Slots.create(primary, config.slot(), true);
      StreamSplit stream =
          new StreamSplit(
              StreamPosition.at(start.value()),
              found.server().systemId(),
              found.server().timeline(),
              Publications.oid(primary, config.publication()).orElse(0),
              0,
              List.of(),
              UnseenXids.NONE,
              0);
      return new Ready(stream, captured(primary));
    }
  }

  private void tellWait(String wait) {
    LOG.warn("Publication and slot '{}' are being made: {}", config.slot(), wait);
  }

  private Lsn start(SlotStatus slot) {
    return config.startMode() instanceof StartMode.StreamFrom from
        ? new Lsn(from.lsn())
        : slot.confirmedFlush();
  }

  @Override
  public List<TableName> tables() throws Exception {
    try (Connection primary = config.primary().connect()) {
      return captured(primary);
    }
  }

  private List<TableName> captured(Connection primary) throws SQLException {
    return new CatalogReader(primary, new TypeCatalog())
        .publishedTables(config.publication()).stream().filter(config::captures).toList();
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
            List<PlannedTable> planned = plan(table, catalog);
            if (!planned.isEmpty()) {
              TableSchema schema = planned.get(0).table().schema();
              plans.put(table, new Plan(planned, keys(connection, schema, keys.get(table)), null));
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
    List<TableName> published = failure == null ? tables() : List.of();
    for (TableName table : tables) {
      String notNow =
          failure != null
              ? failure.getMessage()
              : published.contains(table)
                  ? "no dump source has replayed the publication of " + table + " yet"
                  : null;
      plans.putIfAbsent(table, new Plan(List.of(), Map.of(), notNow));
    }
    return plans;
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
