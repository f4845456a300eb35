package io.tidemark.dump.chunk;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.dump.plan.DumpPlanner;
import io.tidemark.dump.plan.PageRange;
import io.tidemark.postgres.Column;
import io.tidemark.postgres.KeyExtractor;
import io.tidemark.postgres.RowKey;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.Tuple;
import io.tidemark.postgres.catalog.CatalogReader;
import io.tidemark.postgres.catalog.PhysicalTable;
import io.tidemark.postgres.catalog.TableSize;
import io.tidemark.postgres.connection.Endpoint;
import io.tidemark.postgres.connection.Password;
import io.tidemark.postgres.setup.ServerIdentity;
import io.tidemark.postgres.types.TypeCatalog;
import io.tidemark.postgres.types.Values;
import io.tidemark.testkit.postgres.PostgresCluster;
import io.tidemark.testkit.postgres.TestDatabase;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Plans and reads dumps of a test's database, as a job would. */
final class Dumps {
  static final String PUBLICATION = "p";

  private final PostgresCluster cluster;
  private final TestDatabase database;
  private final TypeCatalog types = new TypeCatalog();

  Dumps(PostgresCluster cluster, TestDatabase database) {
    this.cluster = cluster;
    this.database = database;
  }

  DumpSource standby() {
    return new DumpSource(endpoint(database.standbyUrl(0)), DumpSource.Kind.STANDBY);
  }

  DumpSource primary() {
    return new DumpSource(endpoint(database.primaryUrl()), DumpSource.Kind.PRIMARY);
  }

  private Endpoint endpoint(String url) {
    return new Endpoint(url, database.user(), Password.of(database.password()), Map.of());
  }

  ServerIdentity expected() throws SQLException {
    return new ServerIdentity(
        database.queryLong("SELECT system_identifier FROM pg_control_system()"),
        (int) database.queryLong("SELECT timeline_id FROM pg_control_checkpoint()"));
  }

  ChunkSession open(DumpSource source) throws Exception {
    return ChunkSession.open(source, expected());
  }

  /** A session on the standby, as a job opens one. */
  Connection connect() throws SQLException {
    try {
      return standby().endpoint().connect();
    } catch (IOException e) {
      throw new UncheckedIOException("the password is a literal", e);
    }
  }

  /** The physical tables of a published one, as the standby has them once it is up to date. */
  List<PhysicalTable> plan(String table) throws SQLException {
    cluster.awaitReplay();
    try (Connection connection = connect()) {
      return new CatalogReader(connection, types)
          .tables(PUBLICATION, new TableName("public", table));
    }
  }

  PhysicalTable planOne(String table) throws SQLException {
    List<PhysicalTable> tables = plan(table);
    assertThat(tables).hasSize(1);
    return tables.get(0);
  }

  TableSize size(PhysicalTable table) throws SQLException {
    try (Connection connection = connect()) {
      return new CatalogReader(connection, types).size(table);
    }
  }

  /** All rows of a published table from the standby, chunk by chunk, each as text, sorted. */
  List<String> dump(String table, long pagesPerChunk) throws Exception {
    List<String> rows = new ArrayList<>();
    try (ChunkSession session = open(standby())) {
      for (PhysicalTable physical : plan(table)) {
        for (PageRange split : DumpPlanner.plan(size(physical), 4)) {
          long from = split.from();
          boolean more = true;
          while (more) {
            PageRange range = new PageRange(from, split.to()).first(pagesPerChunk);
            ChunkResult result = read(session, physical, new ChunkRequest.Pages(range), rows);
            from = range.to();
            more = split.isUnbounded() ? !result.reachedEnd(range) : from < split.to();
          }
        }
      }
    }
    return rows.stream().sorted().toList();
  }

  /** One chunk, its rows added as text. */
  static ChunkResult read(
      ChunkSession session,
      PhysicalTable table,
      ChunkRequest.Selection selection,
      List<String> rows)
      throws Exception {
    long applied = session.replayLsn();
    int before = rows.size();
    ChunkResult result =
        session.read(
            new ChunkRequest(table, selection, applied, VisibilityCheck.NONE),
            tuple -> rows.add(text(table, tuple)));
    assertThat(result.rows()).isEqualTo(rows.size() - before);
    assertThat(Long.compareUnsigned(result.high(), applied)).isNotNegative();
    return result;
  }

  static ChunkRequest.Pages all() {
    return new ChunkRequest.Pages(PageRange.from(0));
  }

  /** The keys of all rows, as the stream would have them. */
  static List<RowKey> keys(ChunkSession session, PhysicalTable table) throws Exception {
    KeyExtractor extractor = new KeyExtractor(table.schema());
    List<RowKey> keys = new ArrayList<>();
    session.read(
        new ChunkRequest(table, all(), session.replayLsn(), VisibilityCheck.NONE),
        tuple -> keys.add(extractor.key(tuple(tuple))));
    return keys;
  }

  static Tuple tuple(byte[] bytes) {
    return new Tuple(bytes, 0, bytes.length, Tuple.Layout.COPY);
  }

  static String text(PhysicalTable table, byte[] bytes) {
    List<Column> columns = table.schema().columns();
    Tuple tuple = tuple(bytes);
    return IntStream.range(0, columns.size())
        .mapToObj(i -> Values.decode(tuple, i, columns.get(i).type()))
        .map(value -> value instanceof byte[] b ? HexFormat.of().formatHex(b) : "" + value)
        .collect(Collectors.joining("|"));
  }
}
