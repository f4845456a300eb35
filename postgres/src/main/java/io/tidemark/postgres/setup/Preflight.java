package io.tidemark.postgres.setup;

import io.tidemark.postgres.Sql;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.connection.Endpoint;
import io.tidemark.postgres.types.TypeCatalog;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Looks at everything that a capture needs before anything is created, and finds all problems at
 * once. Reads catalogs alone.
 */
public final class Preflight {
  private static final int OLDEST = 140000;

  private final PreflightOptions options;
  private final List<Problem> problems = new ArrayList<>();
  private final List<Problem> warnings = new ArrayList<>();
  private final MoneyChecks money = new MoneyChecks(problems);

  private ServerIdentity server;
  private Optional<SlotStatus> slot = Optional.empty();
  private Optional<Publication> publication = Optional.empty();
  private List<TableName> wanted = List.of();

  private Preflight(PreflightOptions options) {
    this.options = options;
  }

  /**
   * What was found, where nothing was wrong.
   *
   * @param slot the slot, if it exists already
   * @param publication the publication, if it exists already
   * @param tables what to publish, if the publication is to be made; else what it publishes
   * @param warnings what works, but perhaps not as expected
   */
  public record Result(
      ServerIdentity server,
      Optional<SlotStatus> slot,
      Optional<Publication> publication,
      List<TableName> tables,
      List<Problem> warnings) {}

  /**
   * Checks everything.
   *
   * @throws PreflightException with all problems, if there are any
   */
  public static Result check(PreflightOptions options) {
    return check(options, List.of());
  }

  /**
   * Checks everything.
   *
   * @param more what the caller has found wrong on its own
   * @throws PreflightException with all problems, if there are any
   */
  public static Result check(PreflightOptions options, List<Problem> more) {
    Preflight preflight = new Preflight(options);
    preflight.problems.addAll(more);
    preflight.primary();
    DumpSourceChecks sources = new DumpSourceChecks(preflight.problems, preflight.money);
    for (Endpoint source : options.dumpSources()) {
      sources.check(source, Optional.ofNullable(preflight.server), preflight.wanted);
    }
    if (!preflight.problems.isEmpty()) {
      throw new PreflightException(preflight.problems);
    }
    return new Result(
        preflight.server,
        preflight.slot,
        preflight.publication,
        preflight.wanted,
        List.copyOf(preflight.warnings));
  }

  private void primary() {
    try (Connection connection = options.primary().connect()) {
      if (!server(connection)) {
        return;
      }
      walsender();
      slot(connection);
      tables(connection);
      ddl(connection);
    } catch (SQLException | IOException e) {
      problems.add(ConnectionProblems.of("primary", options.primary(), e));
    }
  }

  /** False if the rest makes no sense on this server. */
  private boolean server(Connection connection) throws SQLException {
    int version = Slots.serverVersion(connection);
    if (version < OLDEST) {
      problem(
          "the primary %s is PostgreSQL %d".formatted(options.primary(), version / 10000),
          "upgrade it: 14 is the oldest that can be captured");
      return false;
    }
    if (Boolean.parseBoolean(text(connection, "SELECT pg_catalog.pg_is_in_recovery()::text"))) {
      problem(
          "the primary %s is in recovery: it is a standby".formatted(options.primary()),
          "give the URL of the primary, the standby's as a dump source");
      return false;
    }
    if (text(connection, "SHOW server_encoding").equals("SQL_ASCII")) {
      problem(
          "database '%s' has the encoding SQL_ASCII: nothing says what characters its bytes are"
              .formatted(connection.getCatalog()),
          "capture a database of another one: CREATE DATABASE ... ENCODING 'UTF8' TEMPLATE"
              + " template0, and restore into it what pg_dump --encoding=... gives, with the encoding"
              + " that the texts have");
    }
    String walLevel = text(connection, "SHOW wal_level");
    if (!walLevel.equals("logical")) {
      problem(
          "wal_level of the primary %s is '%s'".formatted(options.primary(), walLevel),
          "set wal_level = logical and restart the server");
    }
    return true;
  }

  private void walsender() {
    try {
      server = ServerIdentity.of(options.primary());
    } catch (SQLException | IOException e) {
      problems.add(ConnectionProblems.of("primary, for replication,", options.primary(), e));
    }
  }

  private void slot(Connection connection) throws SQLException {
    slot = Slots.find(connection, options.slot());
    if (slot.isPresent()) {
      slot.get().unfit(connection.getCatalog()).ifPresent(problems::add);
      // The server may not have noticed yet that its last reader is gone: the stream waits a while.
      slot.get().inUse().ifPresent(warnings::add);
    } else if (!options.createSlot()) {
      problem(
          "slot '%s' does not exist on %s".formatted(options.slot(), options.primary()),
          "let it be created, or name one of: "
              + Slots.list(connection).stream().map(SlotStatus::name).toList());
    } else {
      if (!options.slot().matches("[a-z0-9_]{1,63}")) {
        problem(
            "slot name '%s' is not allowed".formatted(options.slot()),
            "use 1 to 63 lower-case letters, digits and underscores");
      }
      int most = Integer.parseInt(text(connection, "SHOW max_replication_slots"));
      if (Slots.list(connection).size() >= most) {
        problem(
            "no slot is free on %s: max_replication_slots is %d".formatted(options.primary(), most),
            "drop a slot that nobody needs, or raise max_replication_slots and restart the server");
      }
    }
  }

  /** In one snapshot: a table that is made meanwhile is in none of the catalogs, or in all. */
  private void tables(Connection connection) throws SQLException {
    connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
    connection.setAutoCommit(false);
    lookAtTables(connection);
    connection.commit();
    connection.setAutoCommit(true);
    connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
  }

  private void lookAtTables(Connection connection) throws SQLException {
    publication = Publications.find(connection, options.publication());
    TableChecks checks = new TableChecks(options, CatalogTable.all(connection), problems, warnings);
    if (publication.isPresent()) {
      wanted = checks.published(publication.get());
      types(checks, connection, publication.get().tables());
      if (publication.get().changesRows()) {
        checks.keys(connection, publication.get().tables());
      }
    } else if (!options.createPublication()) {
      problem(
          "publication '%s' does not exist in %s"
              .formatted(options.publication(), options.primary()),
          "let it be created, or CREATE PUBLICATION "
              + Sql.identifier(options.publication())
              + " FOR TABLE ...");
    } else {
      wanted = checks.publishable();
      List<PublishedTable> tables = checks.columns(connection, checks.names(wanted));
      types(checks, connection, tables);
      checks.keys(connection, tables);
      boolean mayCreate =
          Boolean.parseBoolean(
              text(
                  connection,
                  "SELECT pg_catalog.has_database_privilege("
                      + "pg_catalog.current_database(), 'CREATE')::text"));
      if (!mayCreate) {
        problem(
            "the role may not create publication '%s' in database '%s'"
                .formatted(options.publication(), connection.getCatalog()),
            "GRANT CREATE ON DATABASE to it, or create the publication as another role");
      }
    }
    if (options.dumpFromPrimary()) {
      checks.selectable(wanted, options.primary());
    }
  }

  /**
   * What is captured without is told where that is met; so it is no problem, unless it is to be.
   */
  private void ddl(Connection connection) throws SQLException {
    Optional<InstalledDdl> installed;
    try {
      installed = InstalledDdl.find(connection);
    } catch (RefusedException e) {
      // A schema of that name is somebody else's.
      installed = Optional.empty();
    }
    if (installed.isEmpty() && !options.requireDdl()) {
      return;
    }
    for (DdlFinding finding : DdlCheck.check(connection, Optional.empty()).findings()) {
      if (finding.severity() == DdlFinding.Severity.PROBLEM) {
        List<String> todo = new ArrayList<>(finding.sql());
        if (!finding.todo().isEmpty()) {
          todo.add(finding.todo());
        }
        Problem problem = new Problem("DDL capture: " + finding.what(), String.join("; ", todo));
        (options.requireDdl() ? problems : warnings).add(problem);
      }
    }
  }

  private void types(TableChecks checks, Connection connection, List<PublishedTable> tables)
      throws SQLException {
    TypeCatalog types = new TypeCatalog();
    checks.binaryOutput(connection, types, tables);
    money.primary(connection, types, tables);
  }

  private void problem(String what, String todo) {
    problems.add(new Problem(what, todo));
  }

  static String text(Connection connection, String query) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      row.next();
      return row.getString(1);
    }
  }
}
