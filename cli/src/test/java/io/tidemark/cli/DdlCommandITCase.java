package io.tidemark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.testkit.postgres.PostgresExtension;
import io.tidemark.testkit.postgres.TestDatabase;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class DdlCommandITCase {
  @RegisterExtension static final PostgresExtension POSTGRES = PostgresExtension.builder().build();

  @TempDir private Path directory;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void whatCheckSaysIsAScriptThatMendsIt(TestDatabase database) throws Exception {
    TestDatabase.Role role = database.createCaptureRole();
    assertThat(ddl("check")).isEqualTo(1);
    assertThat(printed()).contains("does not have it; ./tidemark ddl install");

    assertThat(ddl("install", "--strict", "--for-role", role.name())).isZero();
    assertThat(printed())
        .contains("installed tidemark 1.0 in database", "made it strict", "let role '");
    assertThat(ddl("check", "--for-role", role.name())).isZero();
    assertThat(printed())
        .startsWith("-- tidemark 1.0, installed by script, strict")
        .contains("-- nothing is wrong");

    database.execute(
        "ALTER EVENT TRIGGER \" tidemark 2 end\" DISABLE",
        "CREATE OR REPLACE FUNCTION tidemark.trimmed(statement text) RETURNS text LANGUAGE sql"
            + " AS 'SELECT btrim(statement)'");
    assertThat(ddl("check")).isEqualTo(1);
    String script = printed();
    assertThat(script)
        .contains("-- function tidemark.trimmed is not that of this version")
        .contains("-- event trigger \" tidemark 2 end\" is disabled: statements are lost");
    database.execute(script);
    assertThat(ddl("check")).isZero();
    printed();

    assertThat(ddl("uninstall")).isZero();
    assertThat(printed()).contains("removed tidemark 1.0", "dropped role 'tidemark_ddl'");
    assertThat(ddl("uninstall")).isZero();
    assertThat(printed()).contains("does not have it");
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void whatCannotBeIsAFailure() throws Exception {
    assertThat(ddl("install", "--extension")).isEqualTo(1);
    assertThat(err.toString())
        .startsWith("tidemark ddl install: the server does not have the files");
    assertThat(ddl("install", "--extension", "--script")).isEqualTo(2);
    assertThat(err.toString()).contains("mutually exclusive");
  }

  @Test
  void whoCannotConnectForALibraryIsToldTheWayIn(TestDatabase database) throws Exception {
    String setting = "session_preload_libraries";
    database.execute("ALTER DATABASE %s SET %s = 'tidemark'".formatted(database.name(), setting));
    assertThat(ddl("check")).isEqualTo(1);
    assertThat(err.toString())
        .contains("could not access file \"tidemark\"", "PGOPTIONS='-c " + setting + "='");
    String url = database.primaryUrl() + "?options=-c%20" + setting + "=";
    try (Connection connection =
        DriverManager.getConnection(url, database.user(), database.password())) {
      connection
          .createStatement()
          .execute("ALTER DATABASE %s RESET %s".formatted(database.name(), setting));
    }
    assertThat(ddl("check")).isEqualTo(1);
    assertThat(printed()).contains("does not have it");
  }

  /** What was printed since the last call. */
  private String printed() {
    String printed = out.toString();
    out.getBuffer().setLength(0);
    return printed;
  }

  private int ddl(String command, String... arguments) throws Exception {
    TestDatabase database = POSTGRES.database();
    Path password = Files.writeString(directory.resolve("password"), database.password() + "\n");
    List<String> all = new ArrayList<>(List.of("ddl", command, "--url", database.primaryUrl()));
    all.addAll(List.of("--user", database.user(), "--password-file", password.toString()));
    Collections.addAll(all, arguments);
    CommandLine tidemark = Tidemark.commandLine();
    tidemark.setOut(new PrintWriter(out, true));
    tidemark.setErr(new PrintWriter(err, true));
    return tidemark.execute(all.toArray(String[]::new));
  }
}
