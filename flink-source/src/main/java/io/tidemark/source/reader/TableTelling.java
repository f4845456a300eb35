package io.tidemark.source.reader;

import io.tidemark.postgres.Column;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.change.SchemaChange;
import io.tidemark.postgres.change.SchemaChange.Source;
import io.tidemark.source.event.ReaderEvent;
import io.tidemark.source.lane.LaneRecord;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells that captured tables come, change and go: the lanes, the dumps that are watched, and the
 * enumerator. {@link TableChanges} finds it out.
 */
final class TableTelling {
  private static final Logger LOG = LoggerFactory.getLogger(TableTelling.class);

  private final StreamEmitter.Options options;
  private final LaneRouter lanes;
  private final Consumer<ReaderEvent> events;
  private final WatchedTables watched;
  private final CapturedTables captured;
  private final UncapturedTables uncaptured;

  private long told;

  TableTelling(
      StreamEmitter.Options options,
      LaneRouter lanes,
      Consumer<ReaderEvent> events,
      WatchedTables watched,
      CapturedTables captured,
      UncapturedTables uncaptured) {
    this.options = options;
    this.lanes = lanes;
    this.events = events;
    this.watched = watched;
    this.captured = captured;
    this.uncaptured = uncaptured;
  }

  /** How many changes the lanes were told. */
  long told() {
    return told;
  }

  /** A captured table is another one from here on; or it goes, if its name is not captured. */
  void becomes(
      TableSchema before,
      TableSchema after,
      StreamPlace place,
      Source source,
      Map<Integer, String> missing) {
    if (options.captured().test(after.name())) {
      changed(before, after, place, source, missing);
    } else {
      gone(before, place, source, "it is called " + after.name() + " now");
    }
  }

  /** A captured table is so from here on, be it news or not. */
  void changed(
      TableSchema before,
      TableSchema after,
      StreamPlace place,
      Source source,
      Map<Integer, String> missing) {
    if (before.matches(after)) {
      // As it was told, but perhaps for numbers that are known by now, or not any more.
      if (!before.isNumbered() && after.isNumbered()) {
        captured.put(after, place.position().commitLsn());
      }
      return;
    }
    makeRoom(after, place, source);
    SchemaChange change = change(before, after, place, source, missing);
    if (change.isRenamed()) {
      watched.renamed(before.name(), after.name());
      events.accept(new ReaderEvent.TableRenamed(before.name(), after.name(), after.oid()));
    } else {
      watched.changed(after);
    }
    if (change.hasNewKey() || isOtherColumn(before, after, source)) {
      watched.rewritten(after.name(), options.dumpsRewritten());
    }
  }

  /**
   * Whether values were told of a column that is another one. Which it was that came without its
   * number nobody can tell once statements give it one; and where the catalog has another number of
   * a name than was told, it has changed some time before this place.
   */
  private static boolean isOtherColumn(TableSchema before, TableSchema after, Source source) {
    if (source == Source.STRUCTURE) {
      return !before.isNumbered() && after.isNumbered();
    }
    return before.isNumbered()
        && after.isNumbered()
        && before.columns().stream()
            .anyMatch(
                column -> {
                  int now = after.ordinal(column.name());
                  return now >= 0 && after.columns().get(now).number() != column.number();
                });
  }

  /**
   * A captured table has the name of another one from here on: its own is one that was not told.
   */
  void makeRoom(TableSchema table, StreamPlace place, Source source) {
    captured
        .named(table.name())
        .filter(other -> other.oid() != table.oid())
        .ifPresent(other -> gone(other, place, source, "another table has its name"));
  }

  /** A table is captured no more, and not because it was dropped. */
  void gone(TableSchema table, StreamPlace place, Source source, String why) {
    LOG.warn("Table {} is captured no more from {} on: {}", table.name(), place.position(), why);
    end(table, place, source);
  }

  /** A table is captured no more. */
  void end(TableSchema table, StreamPlace place, Source source) {
    change(table, null, place, source, Map.of());
    watched.gone(table.name());
    events.accept(new ReaderEvent.TableGone(table.name(), table.oid()));
  }

  /** Tells the lanes. */
  SchemaChange change(
      TableSchema before,
      TableSchema after,
      StreamPlace place,
      Source source,
      Map<Integer, String> missing) {
    Map<Integer, String> ofAdded = new HashMap<>();
    if (before != null && after != null) {
      for (Column column : after.columns()) {
        String text = missing.get(column.number());
        if (text != null && before.find(column).isEmpty()) {
          ofAdded.put(column.number(), text);
        }
      }
    }
    SchemaChange change =
        new SchemaChange(
            place.position(), place.commitTime(), place.xid(), before, after, source, ofAdded);
    lanes.toAll(lane -> new LaneRecord.Stream(lane, change));
    if (after == null) {
      captured.remove(before.oid());
      // If it comes again, then not as it was before this.
      uncaptured.changed(before.oid(), place.replayedAt());
    } else {
      captured.put(after, place.position().commitLsn());
    }
    told++;
    return change;
  }
}
