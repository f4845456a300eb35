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

/** Rows of a table come under the name that it is published as, which is to be one of the named. */
class PreflightNamesITCase {
  @RegisterExtension
  static final PostgresExtension POSTGRES = PostgresExtension.builder().standbys(1).build();

  private TestDatabase database;

  @BeforeEach
  void partitions() throws SQLException {
    database = POSTGRES.database();
    database.execute(
        "CREATE TABLE parts (id int PRIMARY KEY) PARTITION BY RANGE (id)",
        "CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (9)");
  }

  @Test
  void aLeafThatComesUnderItsRootsNameIsRefused() throws SQLException {
    database.execute(
        "CREATE PUBLICATION roots FOR TABLE parts WITH (publish_via_partition_root = true)");
    assertRefused(
        publication("roots", true, "public.parts_1"),
        "publication 'roots' has the rows of table public.parts_1 under the name of public.parts");
    assertThat(tables("roots", "public.parts")).isEqualTo(1);
    assertThat(tables("roots", "public.*")).isEqualTo(1);
  }

  @Test
  void aRootThatComesByItsLeavesIsRefused() throws SQLException {
    database.execute("CREATE PUBLICATION leaves FOR TABLE parts");
    assertRefused(
        publication("leaves", true, "public.parts"),
        "publication 'leaves' has the rows of table public.parts under the name of public.parts_1");
    assertThat(tables("leaves", "public.parts_1")).isEqualTo(1);
    assertThat(tables("leaves", "public.*")).isEqualTo(1);
  }

  @Test
  void whatIsToBeMadeIsJudgedAsItWillBe() {
    assertRefused(
        publication("p", false, "public.parts"),
        "publication 'p' has the rows of table public.parts under the name of public.parts_1");
    assertThat(Preflight.check(publication("p", false, "public.parts*")).tables()).hasSize(1);
    assertThat(tables("p", "public.parts")).isEqualTo(1);
    assertThat(tables("p", "public.parts_1")).as("alone, as itself").isEqualTo(1);
  }

  private static void assertRefused(PreflightOptions options, String what) {
    PreflightException refused =
        catchThrowableOfType(PreflightException.class, () -> Preflight.check(options));
    assertThat(refused.problems().stream().map(Problem::what))
        .containsExactly(what + ", which is not named");
  }

  private int tables(String publication, String pattern) {
    return Preflight.check(publication(publication, true, pattern)).tables().size();
  }

  private PreflightOptions publication(String name, boolean viaRoot, String pattern) {
    Endpoint primary =
        new Endpoint(
            database.primaryUrl(), database.user(), Password.of(database.password()), Map.of());
    List<TablePattern> tables = List.of(new TablePattern(pattern));
    return new PreflightOptions(
        primary, List.of(), true, database.slot(), true, name, true, viaRoot, tables, false, false);
  }
}
