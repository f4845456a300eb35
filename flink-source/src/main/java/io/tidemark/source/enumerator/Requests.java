package io.tidemark.source.enumerator;

import io.tidemark.postgres.KeyTexts;
import io.tidemark.postgres.TableName;
import io.tidemark.source.DumpRequest;
import io.tidemark.source.DumpRequests.Held;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Dumps on demand that were asked for and not closed: each waits for a dump of its table, is read
 * by one, or was read. On the coordinator's thread.
 */
final class Requests {
  private final Map<Long, Asked> asked = new LinkedHashMap<>();

  /** For metrics, which other threads read. */
  private volatile int open;

  /**
   * A request. What a checkpoint holds.
   *
   * @param dump the dump that reads it; 0 while it waits, and once it was read
   */
  record Asked(DumpRequest request, long dump, boolean read) {
    Asked {
      if (dump != 0 && read) {
        throw new IllegalArgumentException(request + " was read, and dump " + dump + " reads it");
      }
    }

    boolean waits() {
      return dump == 0 && !read;
    }
  }

  List<Asked> state() {
    return List.copyOf(asked.values());
  }

  void restore(List<Asked> state) {
    state.forEach(this::put);
    count();
  }

  /** What is held is as in a former state, or waits if it was not there yet. */
  void rollBack(List<Asked> state) {
    Map<Long, Asked> before = new HashMap<>();
    state.forEach(each -> before.put(each.request.request(), each));
    asked.replaceAll((id, each) -> before.getOrDefault(id, new Asked(each.request, 0, false)));
    count();
  }

  /** Those for which requests wait. */
  Set<TableName> tables() {
    return asked.values().stream()
        .filter(Asked::waits)
        .map(each -> each.request.table())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  List<Held> held() {
    return asked.values().stream()
        .map(each -> new Held(each.request.request(), each.read))
        .toList();
  }

  /** How many wait or are being read. From any thread. */
  int open() {
    return open;
  }

  /** Adds a request, which waits; false if it was asked for before. */
  boolean add(DumpRequest request) {
    if (asked.containsKey(request.request())) {
      return false;
    }
    put(new Asked(request, 0, false));
    count();
    return true;
  }

  /** Forgets a request. Gives the dump that reads it; 0 if none does. */
  long close(long request) {
    Asked was = asked.remove(request);
    count();
    return was == null ? 0 : was.dump;
  }

  boolean isHeld(long request) {
    return asked.containsKey(request);
  }

  boolean waitFor(TableName table) {
    return asked.values().stream()
        .anyMatch(each -> each.waits() && each.request.table().equals(table));
  }

  /** All that wait for the table are read by this dump from here on. */
  void take(TableName table, long dump) {
    take(table, dump, request -> true);
  }

  /** Those of them that wait for the table are read by this dump from here on. */
  void take(TableName table, long dump, Predicate<DumpRequest> which) {
    asked.replaceAll(
        (id, each) ->
            each.waits() && each.request.table().equals(table) && which.test(each.request)
                ? new Asked(each.request, dump, false)
                : each);
  }

  /** The keys, by request, that were asked for of the table and were not read. */
  Map<Long, KeyTexts> keysOf(TableName table) {
    Map<Long, KeyTexts> keys = new LinkedHashMap<>();
    for (Asked each : asked.values()) {
      if (!each.read && each.request.table().equals(table)) {
        each.request
            .rows()
            .either(pages -> null, some -> keys.put(each.request.request(), some.texts()));
      }
    }
    return keys;
  }

  /** Another dump has taken the place of one. */
  void replaced(long former, long dump) {
    asked.replaceAll(
        (id, each) -> each.dump == former ? new Asked(each.request, dump, false) : each);
  }

  /** Those that a dump reads. */
  List<DumpRequest> of(long dump) {
    return asked.values().stream().filter(each -> each.dump == dump).map(Asked::request).toList();
  }

  /** The dump is over. Gives the requests that were read by it. */
  List<DumpRequest> read(long dump) {
    List<DumpRequest> read = of(dump);
    read.forEach(each -> put(new Asked(each, 0, true)));
    count();
    return read;
  }

  /** The dump comes to nothing: forgets its requests, and gives them. */
  List<DumpRequest> fail(long dump) {
    List<DumpRequest> failed = new ArrayList<>(of(dump));
    failed.forEach(each -> asked.remove(each.request()));
    count();
    return failed;
  }

  private void put(Asked each) {
    asked.put(each.request.request(), each);
  }

  private void count() {
    open = (int) asked.values().stream().filter(each -> !each.read).count();
  }
}
