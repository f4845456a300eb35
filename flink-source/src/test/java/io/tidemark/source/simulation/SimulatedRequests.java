package io.tidemark.source.simulation;

import io.tidemark.postgres.KeyTexts;
import io.tidemark.postgres.RowSelection;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.source.DumpRequest;
import io.tidemark.source.DumpRequests.Held;
import io.tidemark.source.DumpRequests.Listener;
import io.tidemark.source.DumpRequests.Session;
import io.tidemark.source.simulation.Coverage.Case;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Whoever asks for dumps: any pages, or the rows of any keys, at any time; closes what it asked for
 * or thinks better of it; has the capture pause. It outlives every failure, and judges what it is
 * told:
 *
 * <ul>
 *   <li>No request is lost: it is read or refused, or still held, also by a restored capture. Keys
 *       are refused only if the table's key has ever had another number of columns.
 *   <li>A row that comes for a request lay in its pages, or had one of its keys, at some time
 *       since.
 *   <li>When every lane has come to the end of a request, each row that lay in its pages, or had
 *       one of its keys, all the time since has been told the consumer since: for the request, or
 *       as a change of the stream. What the consumer has of it is whole, and a state that it had
 *       since.
 * </ul>
 *
 * <p>More than 400 lines: what it is asked for, and what that does to its state, belong together.
 */
final class SimulatedRequests {
  private static final int MAX_AT_ONCE = 5;
  private static final TableName NOT_CAPTURED = new TableName("public", "none");

  private final Choices choices;
  private final Coverage coverage;
  private final SimulatedPrimary primary;
  private final Supplier<List<Ledger>> lanes;
  private final Consumer<Supplier<String>> trace;

  /** Those that are not closed. */
  private final Map<Long, Wanted> wanted = new LinkedHashMap<>();

  private final Set<Long> closed = new HashSet<>();

  /** Of the newest session; null before the first. */
  private Listener listener;

  private int sessions;
  private boolean paused;

  private static final class Wanted {
    final DumpRequest request;

    /** What each lane had emitted when the request began to be held by the capture. */
    List<Ledger.Place> since;

    /** Every lane has come to its end. */
    boolean ended;

    Wanted(DumpRequest request, List<Ledger.Place> since) {
      this.request = request;
      this.since = since;
    }

    boolean has(SimulatedTable table, SimulatedTable.Row row) {
      return request
          .rows()
          .either(
              pages -> row.page() >= pages.first() && row.page() <= pages.last(),
              keys -> keys.texts().keys().contains(table.keyOf(row)));
    }
  }

  /**
   * One that has asked for nothing.
   *
   * @param lanes their consumers, of the run that is on
   */
  SimulatedRequests(
      Choices choices,
      Coverage coverage,
      SimulatedPrimary primary,
      Supplier<List<Ledger>> lanes,
      Consumer<Supplier<String>> trace) {
    this.choices = choices;
    this.coverage = coverage;
    this.primary = primary;
    this.lanes = lanes;
    this.trace = trace;
  }

  // What it does.

  /** Asks, closes, pauses or resumes. */
  void step() {
    if (listener == null) {
      return;
    }
    switch (choices.below(8)) {
      case 0, 1, 2 -> ask();
      case 3 -> close();
      case 4 -> repeat();
      case 5 -> pause(true);
      default -> pause(false);
    }
  }

  private void ask() {
    if (wanted.values().stream().filter(each -> !each.ended).count() >= MAX_AT_ONCE) {
      return;
    }
    List<TableName> tables = new ArrayList<>(primary.tableNames());
    TableName table = choices.oneIn(12) ? NOT_CAPTURED : tables.get(choices.below(tables.size()));
    long id = wanted.size() + closed.size() + 1L;
    List<List<String>> keys = choices.oneIn(3) ? keys(table) : List.of();
    DumpRequest request = keys.isEmpty() ? pages(-id, table) : keys(-id, table, keys);
    trace.accept(() -> "ask for " + request);
    wanted.put(-id, new Wanted(request, places()));
    listener.requested(request);
  }

  private List<Ledger.Place> places() {
    return lanes.get().stream().map(Ledger::place).toList();
  }

  private DumpRequest pages(long id, TableName table) {
    long first = choices.below(4);
    long last =
        switch (choices.below(6)) {
          case 4 -> first + 1_000;
          case 5 -> RowSelection.Pages.LAST_PAGE;
          default -> first + choices.below(3);
        };
    return DumpRequest.ofPages(id, table, first, last);
  }

  private static DumpRequest keys(long id, TableName table, List<List<String>> keys) {
    return DumpRequest.ofKeys(id, table, new KeyTexts(keys));
  }

  /** Keys of some rows that the table has, and sometimes of one that it never has. */
  private List<List<String>> keys(TableName table) {
    SimulatedTable now = primary.tables(primary.size()).get(table);
    List<List<String>> keys = new ArrayList<>();
    if (now != null) {
      for (SimulatedTable.Row row : now.rows().values()) {
        List<String> key = now.keyOf(row);
        if (choices.oneIn(2) && !key.contains(null)) {
          keys.add(key);
        }
      }
      if (choices.oneIn(4)) {
        keys.add(now.schema().keyNames().stream().map(column -> "none").toList());
      }
    }
    return keys;
  }

  private void repeat() {
    Wanted some = any();
    if (some != null) {
      listener.requested(some.request);
    }
  }

  private Wanted any() {
    List<Wanted> all = List.copyOf(wanted.values());
    return all.isEmpty() ? null : all.get(choices.below(all.size()));
  }

  private void close() {
    Wanted some = any();
    if (some != null) {
      coverage.hit(some.ended ? Case.REQUESTS_CLOSED : Case.REQUESTS_DROPPED);
      close(some);
    }
  }

  private void close(Wanted some) {
    trace.accept(() -> "close " + some.request);
    wanted.remove(some.request.request());
    closed.add(some.request.request());
    listener.closed(some.request.request());
  }

  private void pause(boolean now) {
    if (now && !paused) {
      coverage.hit(Case.PAUSES);
    }
    paused = now;
    trace.accept(() -> now ? "pause" : "resume");
    listener.paused(now);
  }

  /** Lets the capture go on. */
  void resume() {
    if (listener != null) {
      pause(false);
    }
  }

  /** Closes what was read. */
  void closeAll() {
    List.copyOf(wanted.values()).forEach(this::close);
  }

  /** Whether of all that was asked for the end has come. */
  boolean isSettled() {
    return wanted.values().stream().allMatch(each -> each.ended);
  }

  /** The consumer has gone back to what it had at a checkpoint. */
  void restored(List<Ledger> consumers) {
    List<Ledger.Place> now = consumers.stream().map(Ledger::place).toList();
    for (Wanted each : wanted.values()) {
      List<Ledger.Place> since = each.since;
      each.since =
          IntStream.range(0, now.size())
              .mapToObj(i -> since.get(i).compareTo(now.get(i)) > 0 ? now.get(i) : since.get(i))
              .toList();
      each.ended = consumers.stream().allMatch(lane -> lane.hasEnded(each.request.request()));
    }
  }

  // What it is told.

  Session open(Listener to, List<Held> held) {
    if (listener != null && choices.oneIn(2)) {
      // The former session has ended: it hears nothing.
      listener.closed(1);
      listener.failed(new IllegalStateException("too late"));
    }
    listener = to;
    paused = false;
    int session = ++sessions;
    Set<Long> unknown = new HashSet<>(wanted.keySet());
    for (Held each : held) {
      unknown.remove(each.request());
      restored(each);
    }
    for (long request : unknown) {
      Wanted again = wanted.get(request);
      // A restored one can fail before this session is there to be told.
      require(
          !again.ended || mayHaveHadAnotherKey(again),
          "its end has come, and it is not held any more",
          again);
      again.ended = false;
      coverage.hit(Case.REQUESTS_ASKED_AGAIN);
      to.requested(again.request);
    }
    return new Told(session);
  }

  private void restored(Held held) {
    Wanted restored = wanted.get(held.request());
    if (restored == null) {
      if (!closed.contains(held.request())) {
        throw new AssertionError("nobody has asked for the request " + held);
      }
      listener.closed(held.request());
    } else {
      coverage.hit(held.read() ? Case.READ_REQUESTS_RESTORED : Case.REQUESTS_RESTORED);
    }
  }

  /** One session. */
  private final class Told implements Session {
    private final int session;

    Told(int session) {
      this.session = session;
    }

    @Override
    public void read(long request) {
      Wanted each = wanted.get(request);
      if (check(request)) {
        trace.accept(() -> "read: " + each.request);
      } else {
        // It was refused, and repeated before that was told.
        listener.closed(request);
      }
    }

    @Override
    public void failed(long request, String reason) {
      Wanted each = wanted.get(request);
      if (check(request)) {
        require(
            each.request.table().equals(NOT_CAPTURED) || mayHaveHadAnotherKey(each),
            "it was refused: " + reason,
            each);
        require(reason.contains(each.request.table().toString()), reason, each);
        wanted.remove(request);
        closed.add(request);
        coverage.hit(Case.REQUESTS_REFUSED);
      }
    }

    /** Whether it is still wanted: what is closed may cross what it comes to. */
    private boolean check(long request) {
      if (session != sessions) {
        throw new AssertionError("a session that has ended tells of " + request);
      }
      return !closed.contains(request);
    }

    @Override
    public void close() {}
  }

  // The judge.

  /** A row came for a request. */
  void rowRead(RowChange read, String key) {
    long request = read.dumpRequest();
    coverage.hit(Case.REQUESTED_ROWS);
    Wanted each = wanted.get(request);
    if (each == null) {
      if (!closed.contains(request)) {
        throw new AssertionError("a row of a request that nobody made: " + read);
      }
      return;
    }
    require(read.schema().name().equals(each.request.table()), "a row of another table", each);
    boolean had =
        history(each).stream()
            .anyMatch(
                table -> {
                  SimulatedTable.Row row = table.rows().get(key);
                  return row != null && each.has(table, row);
                });
    require(had, key + " did not lie in its pages, nor is it one of its keys", each);
    if (each.request.rows().hasKeys()) {
      coverage.hit(Case.REQUESTED_ROWS_BY_KEY);
    }
  }

  /**
   * Every lane has come to the end of a request.
   *
   * @param consumers what each had then
   */
  void ended(long request, List<Ledger> consumers) {
    Wanted each = wanted.get(request);
    if (each == null) {
      require(closed.contains(request), "nobody has asked for it, and it has an end", null);
      return;
    }
    trace.accept(() -> "ended: " + each.request);
    checkRead(each, consumers);
    each.ended = true;
    coverage.hit(each.request.rows().hasKeys() ? Case.REQUESTED_KEYS_READ : Case.REQUESTS_READ);
  }

  private void checkRead(Wanted each, List<Ledger> consumers) {
    List<SimulatedTable> history = history(each);
    for (String key : history.get(0).rows().keySet()) {
      Predicate<SimulatedTable> isWanted =
          table -> table.rows().containsKey(key) && each.has(table, table.rows().get(key));
      if (SimulatedTable.isPublished(key) && history.stream().allMatch(isWanted)) {
        require(wasTold(each, key, consumers), "it is read, and " + key + " was not told", each);
        require(
            (lacksValues(each, key, consumers) && hasBegunOpaque(each, key))
                || history.stream().anyMatch(table -> holds(table, key, consumers)),
            "it is read, and of " + key + " the consumer has what it was not since",
            each);
      }
    }
  }

  /**
   * Whether another row has begun under the key since, of which the stream left values out: it is
   * repaired, but by another dump if that came after the last keys of this one were taken.
   */
  private boolean hasBegunOpaque(Wanted each, String key) {
    return primary.hasBegunOpaque(
        SimulatedTable.oid(each.request.table()), key, start(each), primary.size());
  }

  private static boolean wasTold(Wanted each, String key, List<Ledger> consumers) {
    return IntStream.range(0, consumers.size())
        .anyMatch(i -> consumers.get(i).wasTold(each.request, key, each.since.get(i)));
  }

  private static boolean lacksValues(Wanted each, String key, List<Ledger> consumers) {
    return consumers.stream().anyMatch(lane -> lane.lacksValues(each.request.table(), key));
  }

  private static boolean holds(SimulatedTable table, String key, List<Ledger> consumers) {
    return consumers.stream().anyMatch(lane -> lane.holds(table, key));
  }

  /** How many items of the WAL every lane had emitted when the request was made. */
  private int start(Wanted each) {
    long lsn = each.since.stream().map(Ledger.Place::lsn).min(Long::compareUnsigned).orElseThrow();
    return primary.itemsUpTo(lsn);
  }

  /** Whether the table's key has ever had another number of columns than the keys asked for. */
  private boolean mayHaveHadAnotherKey(Wanted each) {
    List<List<String>> keys =
        each.request.rows().either(pages -> KeyTexts.NONE, some -> some.texts()).keys();
    for (int i = 0; i <= primary.size() && !keys.isEmpty(); i++) {
      if (primary.tables(i).get(each.request.table()).schema().keySize() != keys.get(0).size()) {
        return true;
      }
    }
    return false;
  }

  /** The table at all times since the request. */
  private List<SimulatedTable> history(Wanted each) {
    List<SimulatedTable> history = new ArrayList<>();
    for (int i = start(each); i <= primary.size(); i++) {
      history.add(primary.tables(i).get(each.request.table()));
    }
    return history;
  }

  private static void require(boolean holds, String otherwise, Wanted each) {
    if (!holds) {
      throw new AssertionError(
          "requests: " + otherwise + (each == null ? "" : ", " + each.request));
    }
  }
}
