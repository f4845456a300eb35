package io.tidemark.postgres.setup;

import io.tidemark.postgres.PgType;
import io.tidemark.postgres.connection.Endpoint;
import io.tidemark.postgres.setup.PublishedTable.PublishedColumn;
import io.tidemark.postgres.types.MoneyScale;
import io.tidemark.postgres.types.TypeCatalog;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** What pre-flight asks where money is captured: whether stream and dumps mean the same by it. */
final class MoneyChecks {
  private final List<Problem> problems;
  private OptionalInt scale = OptionalInt.empty();

  MoneyChecks(List<Problem> problems) {
    this.problems = problems;
  }

  /** Looks whether money is in the tables, and what it is on the primary. */
  void primary(Connection connection, TypeCatalog types, List<PublishedTable> tables)
      throws SQLException {
    List<Integer> oids =
        tables.stream()
            .flatMap(table -> table.columns().stream())
            .map(PublishedColumn::typeOid)
            .distinct()
            .collect(Collectors.toList());
    scale =
        types.resolve(connection, oids).values().stream()
            .flatMapToInt(MoneyChecks::scales)
            .findAny();
    if (scale.isPresent() && MoneyScale.isHidden(connection)) {
      problems.add(
          new Problem(
              "the role has an lc_monetary of its own, which hides the one that says how many"
                  + " fractional digits money has in database '%s'"
                      .formatted(connection.getCatalog()),
              "ALTER ROLE ... RESET lc_monetary, or give the database one: ALTER DATABASE ... SET"
                  + " lc_monetary"));
    }
  }

  /** Compares a standby with the primary. */
  void dumpSource(Connection connection, Endpoint source) throws SQLException {
    if (scale.isPresent()) {
      int there = new TypeCatalog().resolve(connection, PgType.MONEY).scale();
      if (there != scale.getAsInt()) {
        problems.add(
            new Problem(
                "money has %d fractional digits at dump source %s, and %d on the primary"
                    .formatted(there, source, scale.getAsInt()),
                "set lc_monetary alike, or for the database: ALTER DATABASE ... SET lc_monetary"));
      }
    }
  }

  /** Of all money that a type is made of. */
  private static IntStream scales(PgType type) {
    if (type.oid() == PgType.MONEY) {
      return IntStream.of(type.scale());
    }
    IntStream inner = type.inner() == null ? IntStream.empty() : scales(type.inner());
    return IntStream.concat(inner, type.fields().stream().flatMapToInt(MoneyChecks::scales));
  }
}
