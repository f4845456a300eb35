package io.tidemark.source.enumerator;

import io.tidemark.source.lane.Mark;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/** The run of the stream reader that is on, if one is, and what was said in its name. */
final class StreamRun {
  /** Marks that a reader which starts is told. */
  private static final int MAX_MARKS = 4096;

  private final Deque<Mark> marks = new ArrayDeque<>();
  private final Map<Integer, Long> promises = new HashMap<>();
  private long attempt;
  private int subtask = -1;
  private boolean any;

  /** A run begins. */
  void started(long newAttempt, int itsSubtask) {
    lost();
    attempt = newAttempt;
    subtask = itsSubtask;
    any = true;
  }

  /** No run is on: until the next one starts nothing that was said in this one's name counts. */
  void lost() {
    attempt = 0;
    subtask = -1;
    marks.clear();
    promises.clear();
  }

  /** Of the run; 0 if none is on. */
  long attempt() {
    return attempt;
  }

  /** The subtask that has the stream; -1 if none is known to. */
  int subtask() {
    return subtask;
  }

  /** Whether any run was on since the enumerator began. */
  boolean any() {
    return any;
  }

  boolean is(long otherAttempt) {
    return attempt == otherAttempt;
  }

  /** A mark of this run was emitted. */
  void emitted(Mark mark) {
    marks.add(mark);
    if (marks.size() > MAX_MARKS) {
      marks.poll();
    }
  }

  /** The newest marks, oldest first. */
  List<Mark> marks() {
    return List.copyOf(marks);
  }

  /**
   * A dump reader promises.
   *
   * @param readers how many there are
   * @return the least promise, once each reader has made one
   */
  OptionalLong promised(int reader, long counter, int readers) {
    promises.put(reader, counter);
    return promises.size() < readers
        ? OptionalLong.empty()
        : OptionalLong.of(promises.values().stream().min(Long::compareUnsigned).orElseThrow());
  }
}
