package io.tidemark.postgres.stream;

import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.change.Ddl;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.postgres.ddl.DdlStatement;
import java.util.List;

/**
 * Statements as pgcapture's own extension logs them: rows of a table, which has their text and
 * their command tags.
 */
final class LoggedStatements {
  /** The table, where that extension is installed. */
  private static final TableName TABLE = new TableName("pgcapture", "ddl_logs");

  private static final String TEXT = "query";
  private static final String TAGS = "tags";

  private LoggedStatements() {}

  /** Whether the rows of a table are statements. */
  static boolean areIn(TableSchema table) {
    return table.name().equals(TABLE) && table.ordinal(TEXT) >= 0 && table.ordinal(TAGS) >= 0;
  }

  /** The statement that was logged by the insert of a row. */
  static Ddl of(RowChange row) {
    List<String> tags =
        row.get(TAGS) instanceof List<?> list
            ? list.stream().map(String::valueOf).toList()
            : List.of();
    String text = row.isNull(TEXT) ? "" : row.getString(TEXT);
    return new Ddl(row.position(), row.commitTime(), row.xid(), DdlStatement.ofText(text, tags));
  }
}
