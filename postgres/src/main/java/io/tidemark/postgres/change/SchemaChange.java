package io.tidemark.postgres.change;

import io.tidemark.postgres.Column;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A captured table comes, changes or goes: the rows that follow have the columns of {@code after}.
 * At a fresh start all tables are told, those without rows too; one that comes later before its
 * first row. It is told before the first row under other columns, another key or another name; with
 * DDL capture at the statement that did it, also if no row follows.
 *
 * <p>With several lanes each lane gets it at its place in the lane's order, as a {@link Truncate}.
 * After a restore one that was told before may come again.
 *
 * @param position of the DDL statement, or of the row that follows; of a table that comes with its
 *     dump, of what the stream had emitted, with ordinal 0
 * @param commitTime microseconds since 2000-01-01 UTC; 0 if it is of no transaction
 * @param xid the transaction's 32-bit id, unsigned; 0 if it is of none
 * @param before what the table was; null if it comes
 * @param after what the table is; null if it goes: it was dropped, is not published any more, or
 *     has a name that is not captured
 * @param source how it is known
 * @param missing by its number, the text of what all rows that were written before have in an added
 *     column; null where it is not in here
 */
public record SchemaChange(
    Position position,
    long commitTime,
    int xid,
    TableSchema before,
    TableSchema after,
    Source source,
    Map<Integer, String> missing)
    implements Change {
  /** How a change of a table is known. */
  public enum Source {
    /** By what the DDL statement did: columns are told apart by their numbers. */
    STRUCTURE,
    /**
     * By the columns that the stream sent, and by what the catalog said when it was asked, which
     * may have been later: a column that has got another name can look like another column.
     */
    RELATION
  }

  /** A column before and after. */
  public record Changed(Column before, Column after) {}

  public SchemaChange {
    if (before == null && after == null) {
      throw new IllegalArgumentException("a change of no table at " + position);
    }
    missing = Map.copyOf(missing);
  }

  /** The table's name, the former one if it goes. */
  public TableName table() {
    return after == null ? before.name() : after.name();
  }

  /** Whether nothing was captured of the table before. */
  public boolean isNew() {
    return before == null;
  }

  /** Whether nothing will be captured of the table any more. */
  public boolean isGone() {
    return after == null;
  }

  /** Columns that the table had not. */
  public List<Column> added() {
    return after == null ? List.of() : without(after, before);
  }

  /** Columns that the table has no more. */
  public List<Column> dropped() {
    return before == null ? List.of() : without(before, after);
  }

  /** Columns with another name. */
  public List<Changed> renamed() {
    return kept().stream().filter(each -> !each.before.name().equals(each.after.name())).toList();
  }

  /** Columns with another type, or another modifier of it. */
  public List<Changed> retyped() {
    return kept().stream().filter(each -> !each.before.hasTypeOf(each.after)).toList();
  }

  /** Whether the table has another name. */
  public boolean isRenamed() {
    return before != null && after != null && !before.name().equals(after.name());
  }

  /** Whether other columns, or columns of other types, tell rows apart. */
  public boolean hasNewKey() {
    return before != null
        && after != null
        && (before.hasKey() != after.hasKey() || (after.hasKey() && !before.hasKeyOf(after)));
  }

  /** What rows that were written before have in an added column, as text; empty if null. */
  public Optional<String> missing(Column added) {
    return Optional.ofNullable(missing.get(added.number()));
  }

  private List<Changed> kept() {
    List<Changed> kept = new ArrayList<>();
    if (before != null && after != null) {
      for (Column was : before.columns()) {
        after.find(was).ifPresent(is -> kept.add(new Changed(was, is)));
      }
    }
    return kept;
  }

  private static List<Column> without(TableSchema all, TableSchema other) {
    return other == null
        ? all.columns()
        : all.columns().stream().filter(column -> other.find(column).isEmpty()).toList();
  }

  @Override
  public <R, E extends Exception> R accept(ChangeVisitor<R, E> visitor) throws E {
    return visitor.schemaChange(this);
  }

  /** The table and the place alone. */
  @Override
  public String toString() {
    String what = isNew() ? "new table " : isGone() ? "end of table " : "change of table ";
    return what + table() + " at " + position;
  }
}
