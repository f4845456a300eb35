package io.tidemark.postgres.stream;

import io.tidemark.postgres.Lsn;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.stream.SchemaResolver.Telling;
import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out that a statement changed a table's columns and was not told, by what the catalog has of
 * them when the table's rows come: a superuser can turn event triggers off, or take the extension
 * away. Where the catalog contradicts what was told it may only be ahead of the stream. So it is
 * believed at once if what tells statements was touched meanwhile, else once the stream has got to
 * where it was asked and no statement has come. On the fetcher's thread.
 */
final class UntoldStatements {
  private static final Logger LOG = LoggerFactory.getLogger(UntoldStatements.class);

  private final SchemaResolver resolver;

  /** As the catalog had them, by table, against what was told of them. */
  private final Map<Integer, Doubt> doubts = new HashMap<>();

  /** As it was when asked last. */
  private String triggers;

  /**
   * A table that may not be what was told of it.
   *
   * @param now as the catalog has it
   * @param walEnd where the WAL ended after the catalog was asked, an LSN, unsigned
   */
  private record Doubt(TableSchema now, long walEnd) {}

  UntoldStatements(SchemaResolver resolver) {
    this.resolver = resolver;
  }

  /** Before anything else: what tells statements is as it is now. */
  void start() throws SQLException, IOException {
    triggers = resolver.telling().triggers();
  }

  /** A statement has told the table. */
  void told(int oid) {
    doubts.remove(oid);
  }

  /** What was told counts no more. */
  void forget() {
    doubts.clear();
  }

  /**
   * A table's rows come.
   *
   * @param now as the catalog has it
   * @param told the same with what statements have told
   * @return whether statements have gone untold, so that nothing which they told counts any more
   */
  boolean isUntold(TableSchema now, TableSchema told) throws SQLException, IOException {
    doubts.remove(now.oid());
    if (!now.isNumbered() || now.columns().equals(told.columns())) {
      return false;
    }
    Telling telling = resolver.telling();
    if (!Objects.equals(triggers, telling.triggers())) {
      triggers = telling.triggers();
      LOG.warn(
          "Table {} was changed by a statement that was not told: the event triggers of the DDL"
              + " capture were {} meanwhile. Columns have the numbers that the catalog has of them"
              + " now, until statements tell others; ./tidemark ddl check says what is wrong",
          now.name(),
          triggers == null ? "taken away" : "disabled, enabled or made again");
      return true;
    }
    doubts.put(now.oid(), new Doubt(now, telling.walEnd()));
    return false;
  }

  /**
   * The tables of which the stream has got to where the catalog was asked, without a statement: as
   * the catalog had them.
   *
   * @param lsn before which all that has committed was taken, unsigned
   */
  List<TableSchema> found(long lsn) {
    List<TableSchema> found = new ArrayList<>();
    for (Doubt doubt : doubts.values()) {
      if (Lsn.compare(lsn, doubt.walEnd) >= 0) {
        found.add(doubt.now);
        LOG.warn(
            "Table {} was changed by a statement that was not told, as when event triggers were off"
                + " in its session: from {} on its columns have the numbers that the catalog has of"
                + " them",
            doubt.now.name(),
            Lsn.format(lsn));
      }
    }
    found.forEach(table -> doubts.remove(table.oid()));
    return found;
  }
}
