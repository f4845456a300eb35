package io.tidemark.gateway.outbox;

import io.tidemark.postgres.TableSchema;
import java.util.List;

/**
 * What a checkpoint holds of an outbox.
 *
 * @param tables in the order of their numbers, from 1
 * @param entries that are not acknowledged, in order
 * @param held rows that were held back as they may be the last of their range
 * @param ranges of dumps on demand that are not over
 */
public record OutboxState(
    List<TableSchema> tables, List<Entry> entries, List<Entry> held, List<Range> ranges) {
  public OutboxState {
    tables = List.copyOf(tables);
    entries = List.copyOf(entries);
    held = List.copyOf(held);
    ranges = List.copyOf(ranges);
  }

  /** Of an outbox that has nothing. */
  public static OutboxState empty() {
    return new OutboxState(List.of(), List.of(), List.of(), List.of());
  }

  /**
   * A range of a dump on demand.
   *
   * @param read no more rows of it come: each lane has told so
   * @param requeueReason why it is to be dumped again; empty if it is not
   */
  public record Range(long request, boolean read, String requeueReason) {}
}
