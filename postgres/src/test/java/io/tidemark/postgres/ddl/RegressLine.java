package io.tidemark.postgres.ddl;

import static java.util.stream.Collectors.joining;

import io.tidemark.postgres.ddl.DdlDatabase.Described;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** A description as the extension's regression tests print it. */
final class RegressLine {
  private RegressLine() {}

  static String of(Described described) {
    DdlStatement statement = described.statement();
    boolean gap = statement.event() == DdlStatement.Event.GAP;
    return String.join(
        "|",
        statement.event().name().toLowerCase(Locale.ROOT),
        statement.tag(),
        gap ? "" : statement.text().isPresent() ? "t" : "f",
        gap ? "" : Integer.toString(statement.depth()),
        statement.text().orElse(""),
        statement.commands().stream()
            .map(each -> each.tag() + " " + (each.identity() == null ? "-" : each.identity()))
            .collect(joining(", ")),
        statement.dropped().stream()
            .map(each -> each.type() + " " + each.identity())
            .collect(joining(", ")),
        Stream.concat(
                statement.tables().stream().map(RegressLine::table),
                statement.moved().stream().map(RegressLine::moved))
            .collect(joining(", ")),
        flags(described));
  }

  /** Numbers that no column has are those of columns that were dropped. */
  private static String table(TableStructure table) {
    List<String> columns = new ArrayList<>();
    for (ColumnStructure column : table.columns()) {
      while (columns.size() < column.number() - 1) {
        columns.add("dropped");
      }
      columns.add(column.name() + " " + column.type());
    }
    return "%s(%s)".formatted(table.name().name(), String.join(", ", columns));
  }

  private static String moved(MovedTable table) {
    return table.name().name() + " in " + table.name().schema();
  }

  private static String flags(Described described) {
    List<String> flags = new ArrayList<>();
    if (!described.signed()) {
      flags.add("FORGED");
    }
    if (described.statement().isWithheld()) {
      flags.add("withheld");
    }
    if (described.statement().isUnsure()) {
      flags.add("unsure");
    }
    String role = described.statement().session().role();
    if (!role.isEmpty() && !role.equals("postgres")) {
      flags.add(role);
    }
    return String.join(" ", flags);
  }
}
