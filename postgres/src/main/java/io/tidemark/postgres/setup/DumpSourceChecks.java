package io.tidemark.postgres.setup;

import io.tidemark.postgres.TableName;
import io.tidemark.postgres.connection.Endpoint;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What pre-flight asks of the standbys that are dumped from. */
final class DumpSourceChecks {
  /** One server's own address and start, which differ behind a load balancer. */
  private static final String INSTANCE =
      "SELECT coalesce(pg_catalog.inet_server_addr()::text, '') || ':' ||"
          + " coalesce(pg_catalog.inet_server_port()::text, '') || ' started ' ||"
          + " pg_catalog.pg_postmaster_start_time()";

  private static final String SYSTEM_ID =
      "SELECT system_identifier::text FROM pg_catalog.pg_control_system()";

  private final List<Problem> problems;
  private final MoneyChecks money;

  DumpSourceChecks(List<Problem> problems, MoneyChecks money) {
    this.problems = problems;
    this.money = money;
  }

  /** Checks one; the primary's identity is empty if it could not be asked. */
  void check(Endpoint source, Optional<ServerIdentity> server, List<TableName> tables) {
    try (Connection first = source.connect();
        Connection second = source.connect()) {
      sameServer(source, first, second);
      if (!Boolean.parseBoolean(
          Preflight.text(first, "SELECT pg_catalog.pg_is_in_recovery()::text"))) {
        problem(
            "dump source %s is not in recovery: it is no standby".formatted(source),
            "give the URL of a physical standby, or name the primary as the dump source");
      }
      if (server.isPresent()) {
        sameSystem(source, first, server.get());
      }
      selectable(source, first, tables);
      money.dumpSource(first, source);
    } catch (SQLException | IOException e) {
      problems.add(ConnectionProblems.of("dump source", source, e));
    }
  }

  private void sameServer(Endpoint source, Connection first, Connection second)
      throws SQLException {
    String one = Preflight.text(first, INSTANCE);
    String other = Preflight.text(second, INSTANCE);
    if (!one.equals(other)) {
      problem(
          "two connections to dump source %s reached two servers, %s and %s"
              .formatted(source, one, other),
          "name each standby by a URL of its own: behind a load balancer nobody can tell how far a"
              + " snapshot is");
    }
  }

  private void sameSystem(Endpoint source, Connection connection, ServerIdentity server)
      throws SQLException {
    long systemId = Long.parseUnsignedLong(Preflight.text(connection, SYSTEM_ID));
    if (systemId != server.systemId()) {
      problem(
          "dump source %s is no standby of the primary: its system identifier is %s, the primary's %s"
              .formatted(
                  source,
                  Long.toUnsignedString(systemId),
                  Long.toUnsignedString(server.systemId())),
          "give the URL of a physical standby of that primary");
    }
  }

  private void selectable(Endpoint source, Connection connection, List<TableName> tables)
      throws SQLException {
    problems.addAll(unreadable(source, CatalogTable.all(connection), tables));
  }

  /** What keeps the role from reading all rows of the tables at a dump source. */
  static List<Problem> unreadable(Endpoint source, List<CatalogTable> all, List<TableName> tables) {
    List<Problem> problems = new ArrayList<>();
    for (CatalogTable table : CatalogTable.dumped(all, tables)) {
      DumpRights.missing(source, table.name(), table.selectable(), table.secured())
          .ifPresent(problems::add);
    }
    return problems;
  }

  private void problem(String what, String todo) {
    problems.add(new Problem(what, todo));
  }
}
