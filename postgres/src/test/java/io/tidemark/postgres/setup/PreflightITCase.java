package io.tidemark.postgres.setup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.tidemark.postgres.TableName;
import io.tidemark.postgres.connection.Endpoint;
import io.tidemark.postgres.connection.Password;
import io.tidemark.testkit.postgres.PostgresExtension;
import io.tidemark.testkit.postgres.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class PreflightITCase {
  @RegisterExtension
  static final PostgresExtension POSTGRES =
      PostgresExtension.builder()
          .standbys(1)
          .cluster(
              cluster ->
                  cluster
                      .moneyLocale("yen", 0)
                      .moneyLocale("dinar", 3)
                      .standbySetting("lc_monetary", "yen"))
          .build();

  @RegisterExtension
  static final PostgresExtension ANOTHER =
      PostgresExtension.builder().setting("wal_level", "replica").build();

  private TestDatabase database;
  private Endpoint primary;
  private Endpoint standby;

  @BeforeEach
  void tables() throws SQLException {
    database = POSTGRES.database();
    database.execute(
        "CREATE TABLE good (id int PRIMARY KEY, note text)",
        "CREATE TABLE nameless (note text)",
        "CREATE TABLE acl (id int PRIMARY KEY, single aclitem, many aclitem[])",
        "CREATE TABLE parts (id int PRIMARY KEY) PARTITION BY RANGE (id)",
        "CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (9)");
    primary = endpoint(database.primaryUrl());
    standby = endpoint(database.standbyUrl(0));
    POSTGRES.cluster().awaitReplay();
  }

  @Test
  void aCaptureThatCanStartHasNoProblems() throws SQLException {
    Preflight.Result result =
        Preflight.check(
            new PreflightOptions(
                primary,
                List.of(standby),
                false,
                database.slot(),
                true,
                "p",
                true,
                patterns("public.good", "public.parts*"),
                false));

    assertThat(result.slot()).isEmpty();
    assertThat(result.publication()).isEmpty();
    assertThat(result.tables())
        .containsExactly(new TableName("public", "good"), new TableName("public", "parts"));
    assertThat(result.warnings()).isEmpty();
  }

  @Test
  void aGeneratedColumnInAnIdentityIsFoundBeforeItBreaksAnApplication() throws SQLException {
    boolean since18 = database.queryLong("SHOW server_version_num") >= 180_000;
    database.execute(
        "CREATE TABLE g (id int PRIMARY KEY, a int, b int GENERATED ALWAYS AS (a * 2) STORED)",
        "ALTER TABLE g REPLICA IDENTITY FULL",
        "CREATE TABLE h (a int, b int GENERATED ALWAYS AS (a * 2) STORED NOT NULL UNIQUE)",
        "ALTER TABLE h REPLICA IDENTITY USING INDEX h_b_key",
        "CREATE TABLE j (id int PRIMARY KEY, a int, b int GENERATED ALWAYS AS (a * 2) STORED)",
        "CREATE TABLE q (id int, a int, b int GENERATED ALWAYS AS (a) STORED) PARTITION BY RANGE (id)",
        "CREATE TABLE q_1 PARTITION OF q FOR VALUES FROM (0) TO (9)",
        "ALTER TABLE q_1 REPLICA IDENTITY FULL");
    List<TablePattern> tables = patterns("public.g", "public.h", "public.j", "public.q");
    PreflightOptions options =
        new PreflightOptions(
            primary, List.of(standby), false, database.slot(), true, "p", true, tables, false);
    POSTGRES.cluster().awaitReplay();
    String what =
        "the replica identity of table public.%s has the generated columns [b], which publication"
            + " 'p' does not publish: PostgreSQL refuses to update and delete its rows";
    if (!since18) {
      // It breaks nothing, but old rows come without it.
      assertThat(problems(options))
          .containsExactly(
              "the replica identity of table public.h is [b], but the key of its rows is the whole"
                  + " row: an update or a delete would not say which row it is of");
      return;
    }
    assertThat(problems(options, List.of()))
        .containsExactly(what.formatted("g"), what.formatted("h"), what.formatted("q"));
    database.execute(
        "CREATE PUBLICATION p FOR TABLE g, h, j, q WITH (publish_via_partition_root, publish_generated_columns = stored)",
        "INSERT INTO g VALUES (1, 1)",
        "UPDATE g SET a = 2",
        "INSERT INTO q VALUES (1, 1)",
        "UPDATE q SET a = 2");
    assertThat(Preflight.check(options).warnings()).isEmpty();
    database.execute("ALTER PUBLICATION p SET (publish_generated_columns = none)");
    assertThat(Preflight.check(options).warnings()).hasSize(3);
  }

  @Test
  void whatWasMadeIsFoundAgain() throws Exception {
    try (Connection connection = database.connect();
        Connection walsender = Walsender.connect(primary)) {
      List<TableName> tables =
          List.of(new TableName("public", "good"), new TableName("public", "parts"));
      Publications.create(connection, "p \"quoted\"", tables, true);
      Slots.create(walsender, database.slot(), true);

      assertThat(Slots.list(connection).stream().map(SlotStatus::name)).contains(database.slot());
      assertThat(Slots.require(connection, database.slot()).retainedBytes()).isNotNegative();
    }
    Preflight.Result result =
        Preflight.check(existing("p \"quoted\"", patterns("public.good", "public.parts")));

    assertThat(result.slot()).isPresent();
    assertThat(result.publication().orElseThrow().viaRoot()).isTrue();
    assertThat(result.tables()).hasSize(2);

    try (Connection connection = database.connect()) {
      Slots.drop(connection, database.slot(), false);
      assertThat(Slots.find(connection, database.slot())).isEmpty();
    }
  }

  @Test
  void manyProblemsComeInOneMessage() throws SQLException {
    TestDatabase.Role role = database.createCaptureRole();
    Endpoint poor =
        new Endpoint(database.primaryUrl(), role.name(), Password.of(role.password()), Map.of());
    Endpoint poorStandby =
        new Endpoint(database.standbyUrl(0), role.name(), Password.of(role.password()), Map.of());
    POSTGRES.cluster().awaitReplay();
    PreflightOptions options =
        new PreflightOptions(
            poor,
            List.of(poorStandby, poor, endpoint("jdbc:postgresql://127.0.0.1:1/x"), another()),
            false,
            "Bad Name",
            true,
            "p",
            true,
            patterns("public.good", "public.nameless", "public.acl", "public.nothing"),
            false);

    assertThat(problems(options, List.of(new Problem("four lanes", "name a dump source"))))
        .containsExactlyInAnyOrder(
            "four lanes",
            "slot name 'Bad Name' is not allowed",
            "no table is named 'public.nothing' in " + poor,
            "the role may not publish table public.acl, which it does not own",
            "the role may not publish table public.good, which it does not own",
            "the role may not publish table public.nameless, which it does not own",
            "table public.nameless has no replica identity: once it is published, PostgreSQL"
                + " refuses to update and delete its rows",
            "column many of public.acl is of type aclitem[], which has no binary output inside",
            "the role may not create publication 'p' in database '" + database.name() + "'",
            "the role may not read table public.acl as a whole at " + poorStandby,
            "the role may not read table public.good as a whole at " + poorStandby,
            "the role may not read table public.nameless as a whole at " + poorStandby,
            "dump source %s is not in recovery: it is no standby".formatted(poor),
            "the role may not read table public.acl as a whole at " + poor,
            "the role may not read table public.good as a whole at " + poor,
            "the role may not read table public.nameless as a whole at " + poor,
            "cannot connect to the dump source jdbc:postgresql://127.0.0.1:1/x",
            "dump source %s is not in recovery: it is no standby".formatted(another()),
            "dump source %s is no standby of the primary".formatted(another()));
    assertThat(database.queryLong("SELECT count(*) FROM pg_publication")).isZero();
  }

  @Test
  void whatIsMissingIsNamed() {
    assertThat(
            problems(
                new PreflightOptions(
                    primary, List.of(), false, "none", false, "p", false, List.of(), false)))
        .containsExactly(
            "slot 'none' does not exist on " + primary,
            "publication 'p' does not exist in " + primary);
  }

  @Test
  void aPublicationMustHoldWhatIsWanted() throws SQLException {
    database.execute("CREATE PUBLICATION p FOR TABLE nameless WITH (publish = 'update')");

    assertThat(problems(existing("p", patterns("public.good"))))
        .contains(
            "table public.good is not in publication 'p'",
            "publication 'p' does not publish inserts");
  }

  @Test
  void publishedTablesWithoutIdentityAreAWarningUnlessAllowedOrOnlyInsertsArePublished()
      throws SQLException {
    database.execute(
        "CREATE PUBLICATION inserts FOR TABLE nameless WITH (publish = 'insert')",
        "CREATE PUBLICATION changes FOR TABLE nameless");

    assertThat(
            Preflight.check(
                    new PreflightOptions(
                        primary, List.of(), true, "s", true, "inserts", false, List.of(), false))
                .warnings())
        .isEmpty();
    assertThat(
            Preflight.check(
                    new PreflightOptions(
                        primary, List.of(), true, "s", true, "changes", false, List.of(), false))
                .warnings())
        .hasSize(1);
    assertThat(
            Preflight.check(
                    new PreflightOptions(
                        primary, List.of(), true, "s", true, "changes", false, List.of(), true))
                .warnings())
        .isEmpty();
  }

  @Test
  void aPublicationThatIsMadeLeavesTablesAloneThatOnlyInherit() throws SQLException {
    database.execute(
        "CREATE TABLE parent (id int PRIMARY KEY, v text)",
        "CREATE TABLE child (extra int) INHERITS (parent)",
        "INSERT INTO child VALUES (1, 'a', 2)");
    try (Connection connection = database.connect()) {
      Publications.create(connection, "p", List.of(new TableName("public", "parent")), true);
    }
    database.execute("UPDATE child SET v = 'b'");
    assertThat(database.query("SELECT string_agg(tablename, ',') FROM pg_publication_tables"))
        .isEqualTo("parent");
  }

  @Test
  void theIdentityOfAPartitionedTableIsThatOfItsLeaves() throws SQLException {
    database.execute(
        "CREATE TABLE bare (id int) PARTITION BY RANGE (id)",
        "CREATE TABLE bare_1 PARTITION OF bare FOR VALUES FROM (0) TO (9)"
            + " PARTITION BY RANGE (id)",
        "CREATE TABLE bare_11 PARTITION OF bare_1 FOR VALUES FROM (0) TO (5)",
        "ALTER TABLE bare REPLICA IDENTITY FULL");
    PreflightOptions options =
        new PreflightOptions(
            primary, List.of(), true, "s", true, "p", true, patterns("public.bare"), false);
    assertThat(problems(options))
        .containsExactly(
            "table public.bare has no replica identity: once it is published, PostgreSQL refuses"
                + " to update and delete its rows");
    database.execute(
        "ALTER TABLE bare REPLICA IDENTITY DEFAULT", "ALTER TABLE bare_11 REPLICA IDENTITY FULL");
    assertThat(Preflight.check(options).warnings()).isEmpty();
  }

  @Test
  void aDumpNeedsTheRightToReadAllRowsOfLeavesAndOfNothingElse() throws SQLException {
    TestDatabase.Role role = database.createCaptureRole();
    Endpoint poor =
        new Endpoint(database.primaryUrl(), role.name(), Password.of(role.password()), Map.of());
    database.execute(
        "CREATE TABLE deep (id int PRIMARY KEY) PARTITION BY RANGE (id)",
        "CREATE TABLE deep_1 PARTITION OF deep FOR VALUES FROM (0) TO (9)"
            + " PARTITION BY RANGE (id)",
        "CREATE TABLE deep_11 PARTITION OF deep_1 FOR VALUES FROM (0) TO (5)",
        "GRANT SELECT ON deep_11 TO " + role.name(),
        "CREATE PUBLICATION p FOR TABLE deep WITH (publish_via_partition_root = true)");
    PreflightOptions options =
        new PreflightOptions(
            poor, List.of(), true, "s", true, "p", false, patterns("public.deep"), false);
    assertThat(Preflight.check(options).tables()).containsExactly(new TableName("public", "deep"));
    database.execute("ALTER TABLE deep_11 ENABLE ROW LEVEL SECURITY");
    assertThat(problems(options))
        .containsExactly(
            "row-level security hides rows of table public.deep_11 from the role at " + poor);
  }

  @Test
  void aGrantOnColumnsIsNotEnoughForADump() throws SQLException {
    TestDatabase.Role role = database.createCaptureRole();
    Endpoint poor =
        new Endpoint(database.primaryUrl(), role.name(), Password.of(role.password()), Map.of());
    database.execute(
        "GRANT SELECT (id, note) ON good TO " + role.name(), "CREATE PUBLICATION p FOR TABLE good");
    PreflightOptions options =
        new PreflightOptions(
            poor, List.of(), true, "s", true, "p", false, patterns("public.good"), false);
    assertThat(problems(options))
        .containsExactly("the role may not read table public.good as a whole at " + poor);
    database.execute("GRANT SELECT ON good TO " + role.name());
    assertThat(Preflight.check(options).tables()).hasSize(1);
  }

  @Test
  void aDatabaseThatDoesNotSayWhatItsTextsAreIsRefused() throws SQLException {
    String options = "ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0";
    try (TestDatabase ascii = TestDatabase.create(POSTGRES.cluster(), options)) {
      assertThat(problems(streamOnly(endpoint(ascii.primaryUrl()))))
          .contains(
              "database '%s' has the encoding SQL_ASCII: nothing says what characters its bytes are"
                  .formatted(ascii.name()));
    }
  }

  @Test
  void moneyMeansTheSameOnAllServersOrIsNotCaptured() throws SQLException {
    database.execute(
        "CREATE TYPE price AS (name text, amounts money[])",
        "CREATE TABLE prices (id int PRIMARY KEY, price price)",
        "CREATE PUBLICATION p FOR TABLE prices",
        "CREATE PUBLICATION moneyless FOR TABLE good");
    TestDatabase.Role role = database.createCaptureRole();
    database.execute("GRANT SELECT ON prices, good TO " + role.name());
    Endpoint poor =
        new Endpoint(database.primaryUrl(), role.name(), Password.of(role.password()), Map.of());
    PreflightOptions options = dumped(poor, "p");
    POSTGRES.cluster().awaitReplay();
    assertThat(problems(options))
        .containsExactly(
            "money has 0 fractional digits at dump source %s, and 2 on the primary"
                .formatted(standby));
    assertThat(Preflight.check(dumped(poor, "moneyless")).warnings()).isEmpty();

    database.execute("ALTER ROLE %s SET lc_monetary = 'yen'".formatted(role.name()));
    POSTGRES.cluster().awaitReplay();
    assertThat(problems(options))
        .containsExactly(
            "the role has an lc_monetary of its own, which hides the one that says how many"
                + " fractional digits money has in database '%s'".formatted(database.name()));
    assertThat(Preflight.check(dumped(poor, "moneyless")).warnings()).isEmpty();

    database.execute("ALTER DATABASE %s SET lc_monetary = 'dinar'".formatted(database.name()));
    POSTGRES.cluster().awaitReplay();
    assertThat(Preflight.check(options).warnings()).isEmpty();
  }

  private PreflightOptions dumped(Endpoint from, String publication) {
    return new PreflightOptions(
        from, List.of(standby), false, "s", true, publication, false, List.of(), false);
  }

  @Test
  void serversThatCannotBeCapturedAreRefused() {
    Endpoint wrongPassword =
        new Endpoint(database.primaryUrl(), database.user(), Password.of("wrong"), Map.of());
    assertThat(problems(streamOnly(wrongPassword)))
        .containsExactly("cannot connect to the primary " + wrongPassword);
    assertThat(problems(streamOnly(standby)))
        .containsExactly("the primary %s is in recovery: it is a standby".formatted(standby));
    assertThat(problems(streamOnly(another())))
        .contains("wal_level of the primary %s is 'replica'".formatted(another()));
  }

  @Test
  void aRoleWithoutReplicationIsRefused() throws SQLException {
    TestDatabase.Role role = database.createCaptureRole();
    database.execute("ALTER ROLE " + role.name() + " NOREPLICATION");
    database.execute("CREATE PUBLICATION p FOR TABLE good");
    Endpoint poor =
        new Endpoint(database.primaryUrl(), role.name(), Password.of(role.password()), Map.of());

    PreflightException e =
        catchThrowableOfType(
            PreflightException.class,
            () ->
                Preflight.check(
                    new PreflightOptions(
                        poor, List.of(), false, "s", true, "p", false, List.of(), false)));

    assertThat(e.problems()).hasSize(1);
    assertThat(e).hasMessageContaining("REPLICATION");
  }

  @Test
  void whatIsWrongWithTheDdlCaptureIsAWarningOrAProblemWhereItIsRequired() throws SQLException {
    database.execute("CREATE PUBLICATION p FOR TABLE good");
    assertThat(Preflight.check(ddl(false)).warnings()).as("there is none").isEmpty();
    assertThat(problems(ddl(true)))
        .containsExactly("DDL capture: database '%s' does not have it".formatted(database.name()));
    try (Connection connection = database.connect()) {
      DdlOptions script =
          new DdlOptions(DdlOptions.Means.SCRIPT, Optional.empty(), Optional.empty());
      DdlSetup.install(connection, script);
    }
    assertThat(Preflight.check(ddl(true)).warnings()).isEmpty();
    database.execute("ALTER EVENT TRIGGER \" tidemark 2 end\" DISABLE");
    assertThat(Preflight.check(ddl(false)).warnings())
        .singleElement()
        .satisfies(
            warning -> {
              assertThat(warning.what()).startsWith("DDL capture: ").contains(" tidemark 2 end");
              assertThat(warning.todo()).contains("ENABLE ALWAYS");
            });
    assertThat(problems(ddl(true))).singleElement().asString().startsWith("DDL capture: ");
  }

  private PreflightOptions ddl(boolean required) {
    return new PreflightOptions(
        primary, List.of(), false, "s", true, "p", false, true, List.of(), false, required);
  }

  @Test
  void aSlotOfAnotherPluginIsRefused() throws SQLException {
    database.query(
        "SELECT pg_create_logical_replication_slot('%s', 'test_decoding')"
            .formatted(database.slot()));
    database.execute("CREATE PUBLICATION p FOR TABLE good");

    assertThat(problems(existing("p", List.of())))
        .containsExactly(
            "slot '%s' cannot be used: its output plugin is 'test_decoding' instead of 'pgoutput'"
                .formatted(database.slot()));
  }

  private PreflightOptions existing(String publication, List<TablePattern> patterns) {
    return new PreflightOptions(
        primary, List.of(), false, database.slot(), false, publication, false, patterns, false);
  }

  private static PreflightOptions streamOnly(Endpoint server) {
    return new PreflightOptions(
        server, List.of(), false, "s", true, "p", true, patterns("public.*"), true);
  }

  private static List<TablePattern> patterns(String... texts) {
    return Stream.of(texts).map(TablePattern::new).toList();
  }

  /** What is wrong; of messages that quote the server, the part before its words. */
  private static List<String> problems(PreflightOptions options) {
    return problems(options, List.of());
  }

  private static List<String> problems(PreflightOptions options, List<Problem> more) {
    PreflightException e =
        catchThrowableOfType(PreflightException.class, () -> Preflight.check(options, more));
    assertThat(e.problems()).allSatisfy(p -> assertThat(e).hasMessageContaining(p.toString()));
    return e.problems().stream()
        .map(Problem::what)
        .map(what -> what.replaceFirst("^(cannot connect .*?): .*", "$1"))
        .map(what -> what.replaceFirst(": its system identifier.*", ""))
        .toList();
  }

  private Endpoint another() {
    return endpoint(ANOTHER.database().primaryUrl(), ANOTHER.database().password());
  }

  private Endpoint endpoint(String url) {
    return endpoint(url, database.password());
  }

  private Endpoint endpoint(String url, String password) {
    return new Endpoint(url, database.user(), Password.of(password), Map.of());
  }
}
