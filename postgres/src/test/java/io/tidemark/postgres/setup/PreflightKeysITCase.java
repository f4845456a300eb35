package io.tidemark.postgres.setup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.tidemark.postgres.connection.Endpoint;
import io.tidemark.postgres.connection.Password;
import io.tidemark.testkit.postgres.PostgresExtension;
import io.tidemark.testkit.postgres.TestDatabase;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Tables whose old rows do not say which rows they are. */
class PreflightKeysITCase {
  @RegisterExtension
  static final PostgresExtension POSTGRES = PostgresExtension.builder().standbys(1).build();

  private TestDatabase database;

  @BeforeEach
  void partitions() throws SQLException {
    database = POSTGRES.database();
    database.execute(
        "CREATE TABLE ev (id int NOT NULL, at int NOT NULL, code int NOT NULL, big text)"
            + " PARTITION BY RANGE (at)",
        "CREATE TABLE ev_1 PARTITION OF ev FOR VALUES FROM (0) TO (10)",
        "CREATE TABLE ev_2 PARTITION OF ev FOR VALUES FROM (10) TO (20)",
        "ALTER TABLE ev_2 REPLICA IDENTITY FULL");
  }

  @Test
  void aLeafsOwnKeyIsNoneUnderTheRootsName() throws SQLException {
    database.execute("ALTER TABLE ev_1 ADD PRIMARY KEY (id)");
    assertRefused(
        "the replica identity of table public.ev_1 is [id], but the key of its rows is the whole"
            + " row, as its rows are told as those of public.ev",
        "ALTER TABLE \"public\".\"ev_1\" REPLICA IDENTITY FULL");
  }

  @Test
  void anIndexOfALeafHasToHoldTheRootsKey() throws SQLException {
    database.execute(
        "ALTER TABLE ev ADD PRIMARY KEY (id, at)",
        "CREATE UNIQUE INDEX ev_1_code ON ev_1 (code)",
        "ALTER TABLE ev_1 REPLICA IDENTITY USING INDEX ev_1_code");
    assertRefused(
        "the replica identity of table public.ev_1 is [code], but the key of its rows is [at, id],",
        "ALTER TABLE \"public\".\"ev_1\" REPLICA IDENTITY DEFAULT");
    database.execute(
        "CREATE UNIQUE INDEX ev_1_all ON ev_1 (code, at, id)",
        "ALTER TABLE ev_1 REPLICA IDENTITY USING INDEX ev_1_all");
    assertThat(check(true).tables()).hasSize(1);
  }

  @Test
  void aRootWithoutIdentityHasNoKeyForItsLeaves() throws SQLException {
    database.execute(
        "ALTER TABLE ev ADD PRIMARY KEY (id, at)", "ALTER TABLE ev REPLICA IDENTITY NOTHING");
    assertRefused("public.ev_1 is [at, id], but the key of its rows is the whole row", "FULL");
  }

  @Test
  void aLeafThatIsPublishedAsItselfHasItsOwnKey() throws SQLException {
    database.execute(
        "ALTER TABLE ev_1 ADD PRIMARY KEY (id)",
        "CREATE PUBLICATION p FOR TABLE ev WITH (publish_via_partition_root = false)");
    assertThat(check(false).tables()).hasSize(2);
  }

  @Test
  void whereOnlyInsertsArePublishedAnyIdentityWillDo() throws SQLException {
    database.execute(
        "ALTER TABLE ev_1 ADD PRIMARY KEY (id)",
        "CREATE PUBLICATION p FOR TABLE ev"
            + " WITH (publish_via_partition_root = true, publish = 'insert')");
    assertThat(check(false).tables()).hasSize(1);
  }

  /** Before 18 PostgreSQL lets it be, and sends old rows with nothing in them. */
  @Test
  void aGeneratedColumnInAnIdentityIsNeverAccepted() throws SQLException {
    database.execute(
        "DROP TABLE ev",
        "CREATE TABLE ev (a int, b int GENERATED ALWAYS AS (a) STORED PRIMARY KEY)");
    boolean since18 = database.queryLong("SHOW server_version_num") >= 180_000;
    assertRefused(
        since18 ? "has the generated columns [b]" : "public.ev is [b], but the key of its rows is",
        "REPLICA IDENTITY");
  }

  private void assertRefused(String what, String todo) throws SQLException {
    assertProblem(true, what, todo);
    database.execute("CREATE PUBLICATION p FOR TABLE ev WITH (publish_via_partition_root = true)");
    if (!what.startsWith("has")) {
      assertProblem(false, what, todo);
    }
  }

  private void assertProblem(boolean create, String what, String todo) {
    PreflightException refused =
        catchThrowableOfType(PreflightException.class, () -> check(create));
    assertThat(refused.problems()).hasSize(1);
    assertThat(refused.problems().get(0).what()).contains(what);
    assertThat(refused.problems().get(0).todo()).contains(todo);
  }

  private Preflight.Result check(boolean create) {
    Endpoint primary =
        new Endpoint(
            database.primaryUrl(), database.user(), Password.of(database.password()), Map.of());
    List<TablePattern> tables = List.of(new TablePattern("public.ev*"));
    return Preflight.check(
        new PreflightOptions(
            primary, List.of(), true, database.slot(), true, "p", create, tables, true));
  }
}
