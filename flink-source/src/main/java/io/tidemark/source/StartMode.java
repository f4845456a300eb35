package io.tidemark.source;

import io.tidemark.postgres.Lsn;
import java.io.Serializable;

/** What a capture emits when it starts without a checkpoint; a restored one goes on instead. */
public sealed interface StartMode extends Serializable {

  /** Dump every table and stream all changes since: the default. */
  static StartMode dumpThenStream() {
    return new DumpThenStream();
  }

  /** No dump; stream the changes from now on, from the creation of the slot. */
  static StartMode streamOnly() {
    return new StreamOnly();
  }

  /** No dump; stream the transactions that commit after this LSN. The slot must still hold it. */
  static StartMode streamFrom(Lsn lsn) {
    return new StreamFrom(lsn.value());
  }

  /** No dump; stream what the slot has not confirmed yet. The slot must exist. */
  static StartMode existingSlot() {
    return new ExistingSlot();
  }

  /** Dump every table, merged with what changes meanwhile, then end and drop the slot. */
  static StartMode dumpOnly() {
    return new DumpOnly();
  }

  /**
   * The mode of a text: {@code dump}, {@code stream}, an LSN for the stream from there, {@code
   * slot} or {@code dump-only}, in the order of the methods above.
   *
   * @throws IllegalArgumentException if it is none of these
   */
  static StartMode parse(String text) {
    return switch (text) {
      case "dump" -> dumpThenStream();
      case "stream" -> streamOnly();
      case "slot" -> existingSlot();
      case "dump-only" -> dumpOnly();
      default -> {
        try {
          yield streamFrom(Lsn.parse(text));
        } catch (IllegalArgumentException e) {
          throw new IllegalArgumentException("give dump, stream, slot, dump-only or an LSN", e);
        }
      }
    };
  }

  /** As {@link #parse} reads it. */
  default String text() {
    if (this instanceof StreamFrom from) {
      return Lsn.format(from.lsn());
    }
    if (this instanceof ExistingSlot) {
      return "slot";
    }
    if (this instanceof StreamOnly) {
      return "stream";
    }
    return isBounded() ? "dump-only" : "dump";
  }

  /** Whether tables are dumped. */
  default boolean dumps() {
    return this instanceof DumpThenStream || this instanceof DumpOnly;
  }

  /** Whether the capture ends by itself. */
  default boolean isBounded() {
    return this instanceof DumpOnly;
  }

  /** Whether the slot must exist already. */
  default boolean needsSlot() {
    return this instanceof StreamFrom || this instanceof ExistingSlot;
  }

  /** See {@link #dumpThenStream}. */
  record DumpThenStream() implements StartMode {}

  /** See {@link #streamOnly}. */
  record StreamOnly() implements StartMode {}

  /** See {@link #streamFrom}. */
  record StreamFrom(long lsn) implements StartMode {}

  /** See {@link #existingSlot}. */
  record ExistingSlot() implements StartMode {}

  /** See {@link #dumpOnly}. */
  record DumpOnly() implements StartMode {}
}
