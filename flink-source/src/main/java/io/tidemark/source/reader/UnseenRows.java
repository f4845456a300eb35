package io.tidemark.source.reader;

import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.ddl.DdlCommand;
import io.tidemark.postgres.ddl.DdlStatement;
import io.tidemark.postgres.ddl.TableStructure;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Rows of captured tables that are others than they were without the stream having told it: those
 * that a statement wrote anew, and those of partitions that come filled or go. Has their tables
 * dumped again.
 */
final class UnseenRows {
  private static final Logger LOG = LoggerFactory.getLogger(UnseenRows.class);

  private final CapturedTables captured;
  private final WatchedTables watched;
  private final UncapturedTables uncaptured;

  /** Whether tables are dumped again that are not under dump. */
  private final boolean dumpAgain;

  /**
   * Tables that are written anew by a statement of the open transaction and are not known to be
   * captured: perhaps they are partitions.
   */
  private final Set<Integer> rewritten = new HashSet<>();

  UnseenRows(
      CapturedTables captured,
      WatchedTables watched,
      UncapturedTables uncaptured,
      boolean dumpAgain) {
    this.captured = captured;
    this.watched = watched;
    this.uncaptured = uncaptured;
    this.dumpAgain = dumpAgain;
  }

  /**
   * A statement was emitted.
   *
   * @param replayedAt the LSN up to which a server has replayed all that was done before it
   */
  void statement(DdlStatement statement, long replayedAt) {
    statement
        .rewrite()
        .filter(each -> each.changesValues())
        .ifPresent(each -> rewrite(each.table()));
    statement.tables().forEach(this::rewriteLeaf);
    statement.tables().forEach(table -> partitions(table, statement, replayedAt));
  }

  /** The transaction has ended. */
  void committed() {
    rewritten.clear();
  }

  /** At once: a checkpoint may come between this and the statement's end. */
  private void rewrite(int oid) {
    Optional<TableSchema> table =
        Optional.ofNullable(captured.get(oid)).or(() -> captured.withLeaf(oid));
    table.ifPresentOrElse(each -> changed(each.name()), () -> rewritten.add(oid));
  }

  private void rewriteLeaf(TableStructure table) {
    TableSchema root = captured.get(table.root());
    if (rewritten.remove(table.oid()) && root != null) {
      changed(root.name());
    }
  }

  private void changed(TableName table) {
    watched.rewritten(table, dumpAgain);
  }

  /** Partitions of a captured root that come filled are in no stream, and those that go neither. */
  private void partitions(TableStructure table, DdlStatement statement, long replayedAt) {
    TableSchema root = captured.get(table.isPartitioned() ? table.oid() : table.root());
    if (root == null) {
      return;
    }
    if (captured.leaves(root.oid()).isEmpty()) {
      // Which it has is found out when it is dumped: by a plan of this place or behind it.
      uncaptured.changed(root.oid(), replayedAt);
      return;
    }
    Set<Integer> before = partitions(root, captured.leaves(root.oid()));
    Set<Integer> after = new HashSet<>(before);
    if (table.oid() == root.oid()) {
      // With a root come all of its partitions.
      after.clear();
      statement.tables().stream()
          .filter(each -> each.root() == root.oid() && !each.isPartitioned())
          .forEach(each -> after.add(each.oid()));
    } else {
      after.add(table.oid());
    }
    after.remove(root.oid());
    if (after.equals(before)) {
      return;
    }
    captured.putLeaves(root.oid(), after);
    if (comesFilled(before, after, statement)) {
      changed(root.name());
    }
    if (!after.containsAll(before)) {
      tellDetached(root.name());
    }
  }

  private static Set<Integer> partitions(TableSchema root, Set<Integer> leaves) {
    Set<Integer> partitions = new HashSet<>(leaves);
    partitions.remove(root.oid());
    return partitions;
  }

  private static boolean comesFilled(
      Set<Integer> before, Set<Integer> after, DdlStatement statement) {
    Set<Integer> made =
        statement.commands().stream()
            .filter(command -> command.tag().equals("CREATE TABLE"))
            .map(DdlCommand::oid)
            .collect(Collectors.toSet());
    return after.stream().anyMatch(leaf -> !before.contains(leaf) && !made.contains(leaf));
  }

  /** A table was dropped that is not captured by its own name: perhaps it was a partition. */
  void dropped(int oid) {
    captured
        .withLeaf(oid)
        .ifPresent(
            root -> {
              Set<Integer> leaves = partitions(root, captured.leaves(root.oid()));
              leaves.remove(oid);
              captured.putLeaves(root.oid(), leaves);
              tellDetached(root.name());
            });
  }

  private static void tellDetached(TableName root) {
    LOG.warn(
        "A partition of table {} was detached or dropped: what was captured of its rows is not told"
            + " to be gone. Have the table dumped again for consumers to find out",
        root);
  }
}
