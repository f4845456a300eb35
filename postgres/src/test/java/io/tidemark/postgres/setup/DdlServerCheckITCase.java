package io.tidemark.postgres.setup;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.testkit.postgres.PostgresExtension;
import io.tidemark.testkit.postgres.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What is wrong with a server, whatever the database has. */
class DdlServerCheckITCase {
  @RegisterExtension
  static final PostgresExtension POSTGRES =
      PostgresExtension.builder().standbys(1).dedicated().build();

  @Test
  void aServerThatDecodesNothingIsTold(TestDatabase database) throws SQLException {
    install(database);
    database.execute("ALTER SYSTEM SET wal_level = 'replica'");
    POSTGRES.cluster().primary().restart();
    DdlFinding finding = only(database);
    assertThat(finding.what()).isEqualTo("wal_level is 'replica': nothing can be decoded");
    assertThat(finding.todo()).isEqualTo("then restart the server");

    database.execute(finding.sql().toArray(String[]::new));
    POSTGRES.cluster().primary().restart();
    assertThat(check(database)).isEmpty();
  }

  @Test
  void aStandbyIsTold(TestDatabase database) throws SQLException {
    install(database);
    POSTGRES.cluster().awaitReplay();
    try (Connection standby = POSTGRES.cluster().standby(0).connect(database.name())) {
      assertThat(DdlCheck.check(standby, Optional.empty()).findings())
          .singleElement()
          .extracting(DdlFinding::what)
          .isEqualTo("the server is in recovery: it is a standby");
    }
  }

  private static void install(TestDatabase database) throws SQLException {
    try (Connection connection = database.connect()) {
      DdlSetup.install(
          connection, new DdlOptions(DdlOptions.Means.SCRIPT, Optional.empty(), Optional.empty()));
    }
  }

  private static DdlFinding only(TestDatabase database) throws SQLException {
    List<DdlFinding> findings = check(database);
    assertThat(findings).hasSize(1);
    return findings.get(0);
  }

  private static List<DdlFinding> check(TestDatabase database) throws SQLException {
    try (Connection connection = database.connect()) {
      return DdlCheck.check(connection, Optional.empty()).findings();
    }
  }
}
