package io.tidemark.source.shape;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.postgres.connection.Password;
import io.tidemark.source.CaptureOptions;
import io.tidemark.source.PostgresCapture;
import io.tidemark.source.run.CaptureRun;
import io.tidemark.source.run.StreamOrder;
import io.tidemark.source.run.TableImage;
import io.tidemark.testkit.postgres.PostgresExtension;
import io.tidemark.testkit.postgres.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Tables of every shape are captured exactly, or refused before anything is made. All of a kind are
 * captured together.
 */
class TableShapesITCase {
  @RegisterExtension
  static final PostgresExtension POSTGRES = PostgresExtension.builder().standbys(1).build();

  private TestDatabase database;
  private int major;

  @BeforeEach
  void version() throws SQLException {
    database = POSTGRES.database();
    major = (int) database.queryLong("SHOW server_version_num") / 10_000;
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void partitions(boolean viaRoot) throws Exception {
    List<Shape> shapes = PartitionShapes.all(viaRoot);
    make(shapes);
    UnaryOperator<PostgresCapture.Builder> capture =
        c -> c.set(CaptureOptions.PUBLICATION_VIA_ROOT, viaRoot).lanes(viaRoot ? 4 : 1);
    captureOrRefuse(shapes, capture);
  }

  @Test
  void plainTables() throws Exception {
    List<Shape> shapes = PlainShapes.all(major, false);
    make(shapes);
    captureOrRefuse(shapes, c -> c);
  }

  @Test
  void publishedGeneratedColumns() throws Exception {
    Assumptions.assumeTrue(major >= 18, "published from PostgreSQL 18 on");
    List<Shape> shapes = PlainShapes.all(major, true).stream().filter(Shape::captured).toList();
    make(shapes);
    publish(names(shapes), "publish_generated_columns = stored");
    capture(shapes, c -> c.createPublication(false), List.of());
  }

  @Test
  void keysOfEveryType() throws Exception {
    database.execute(KeyShapes.types().toArray(String[]::new));
    List<Shape> shapes = KeyShapes.all();
    make(shapes);
    captureOrRefuse(shapes, c -> c.lanes(3));
  }

  @Test
  void columnLists() throws Exception {
    Assumptions.assumeTrue(major >= 15, "there are column lists from PostgreSQL 15 on");
    List<ColumnListShapes.Listed> listed = ColumnListShapes.all();
    List<Shape> shapes = listed.stream().map(ColumnListShapes.Listed::shape).toList();
    make(shapes);
    publish(
        listed.stream().map(ColumnListShapes.Listed::entry).toList(),
        "publish_via_partition_root = true");
    // PostgreSQL takes no update where the list lacks the identity: the publication is its owner's.
    capture(
        shapes,
        c -> c.createPublication(false),
        List.of("olumn list used by the publication", "not have a replica identity"));
  }

  @Test
  void columnGrants() throws Exception {
    TestDatabase.Role role = database.createCaptureRole();
    List<ColumnListShapes.Listed> listed = GrantShapes.all(role.name(), major >= 15);
    List<Shape> shapes = listed.stream().map(ColumnListShapes.Listed::shape).toList();
    make(shapes);
    publish(
        listed.stream().map(ColumnListShapes.Listed::entry).toList(),
        "publish_via_partition_root = true");
    captureOrRefuse(
        shapes,
        c -> c.user(role.name()).password(Password.of(role.password())).createPublication(false));
  }

  private void publish(List<String> tables, String options) throws SQLException {
    database.execute(
        "CREATE PUBLICATION tidemark FOR TABLE %s WITH (%s)"
            .formatted(String.join(", ", tables), options));
  }

  private void make(List<Shape> shapes) throws SQLException {
    for (Shape shape : shapes) {
      try {
        database.execute(String.join(";", shape.ddl()));
      } catch (SQLException e) {
        throw new AssertionError("making " + shape, e);
      }
    }
  }

  private static List<String> names(List<Shape> shapes) {
    return shapes.stream().flatMap(shape -> shape.names().stream()).toList();
  }

  /** Has all captured: first with those that cannot be, then without. */
  private void captureOrRefuse(List<Shape> shapes, UnaryOperator<PostgresCapture.Builder> capture)
      throws Exception {
    List<Shape> refused = shapes.stream().filter(shape -> !shape.captured()).toList();
    if (!refused.isEmpty()) {
      refuse(shapes, capture);
      assertThat(write(refused, Shape::before, List.of())).isEmpty();
      assertThat(write(refused, Shape::during, List.of())).isEmpty();
      for (Shape shape : refused) {
        database.execute("DROP TABLE " + root(shape));
      }
    }
    List<Shape> captured = shapes.stream().filter(Shape::captured).toList();
    assertThat(captured).isNotEmpty();
    capture(captured, capture, List.of());
  }

  private static String root(Shape shape) {
    return shape.names().get(0).replaceFirst("_.*", "");
  }

  private void refuse(List<Shape> shapes, UnaryOperator<PostgresCapture.Builder> capture)
      throws Exception {
    long publications = database.queryLong("SELECT count(*) FROM pg_publication");
    POSTGRES.cluster().awaitReplay();
    String message;
    try (CaptureRun run = run(capture).flink("restart-strategy.type", "none").start()) {
      message = run.awaitFailure();
    }
    List<String> wrong = new ArrayList<>();
    for (Shape shape : shapes) {
      Pattern named = Pattern.compile("public\\.%s(_[12])?(?![0-9_])".formatted(root(shape)));
      if (named.matcher(message).find() == shape.captured()) {
        wrong.add((shape.captured() ? "refused: " : "not refused: ") + shape);
      }
    }
    assertThat(wrong).as(message).isEmpty();
    assertThat(database.queryLong("SELECT count(*) FROM pg_publication")).isEqualTo(publications);
    assertThat(
            database.queryLong(
                "SELECT count(*) FROM pg_replication_slots WHERE database = current_database()"))
        .isZero();
  }

  private CaptureRun.Settings run(UnaryOperator<PostgresCapture.Builder> capture) {
    return CaptureRun.of(database).capture(c -> c.replica(database.standbyUrl(0))).capture(capture);
  }

  /**
   * Captures them while they are written to.
   *
   * @param tolerated what PostgreSQL may answer to those who write
   */
  private void capture(
      List<Shape> shapes, UnaryOperator<PostgresCapture.Builder> capture, List<String> tolerated)
      throws Exception {
    List<String> wrong = new ArrayList<>(write(shapes, Shape::before, tolerated));
    POSTGRES.cluster().awaitReplay();
    try (CaptureRun run = run(capture).start()) {
      run.awaitCaughtUp();
      wrong.addAll(write(shapes, Shape::during, tolerated));
      run.awaitCaughtUp();
      run.awaitDumped();
      run.awaitCaughtUp();
      List<Change> changes = run.changes();
      StreamOrder.check(changes);
      Map<TableName, List<Change>> byTable =
          changes.stream()
              .filter(change -> change instanceof RowChange)
              .collect(Collectors.groupingBy(change -> ((RowChange) change).schema().name()));
      try (Connection connection = database.connect()) {
        for (Shape shape : shapes) {
          for (String table : shape.names()) {
            TableName name = new TableName("public", table);
            compare(connection, name, byTable.getOrDefault(name, List.of()))
                .forEach(difference -> wrong.add(shape + ": " + difference));
          }
        }
      }
      assertThat(byTable.keySet().stream().map(TableName::name))
          .containsExactlyInAnyOrderElementsOf(names(shapes));
    }
    assertThat(wrong).isEmpty();
  }

  private static List<String> compare(Connection connection, TableName name, List<Change> changes)
      throws Exception {
    if (changes.isEmpty()) {
      return List.of("nothing was captured of " + name);
    }
    List<String> wrong = new ArrayList<>();
    TableSchema schema = TableImage.schema(changes, name);
    Map<String, String> expected = TableImage.read(connection, schema);
    Map<String, String> held = TableImage.fold(changes, name);
    if (!held.equals(expected)) {
      wrong.add(name + ": " + TableImage.difference(expected, held));
    }
    BytesConsumer consumer = new BytesConsumer();
    try {
      for (Change change : changes) {
        consumer.apply((RowChange) change);
      }
      if (consumer.size() != expected.size()) {
        wrong.add(
            "%s has %d rows by the bytes of their keys, not %d"
                .formatted(name, consumer.size(), expected.size()));
      }
    } catch (AssertionError e) {
      wrong.add(e.getMessage());
    }
    return wrong;
  }

  private interface Statements {
    List<String> of(Shape shape);
  }

  /** Writes to all; what was refused. */
  private List<String> write(List<Shape> shapes, Statements statements, List<String> tolerated)
      throws SQLException {
    List<String> refused = new ArrayList<>();
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement()) {
      for (Shape shape : shapes) {
        for (String sql : statements.of(shape)) {
          try {
            statement.execute(sql);
          } catch (SQLException e) {
            if (tolerated.stream()
                .noneMatch(text -> String.valueOf(e.getMessage()).contains(text))) {
              refused.add(shape + ": " + sql + ": " + e.getMessage());
            }
          }
        }
      }
    }
    return refused;
  }
}
