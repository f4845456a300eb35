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
  String text();

  /** Whether tables are dumped. */
  boolean dumps();

  /** Whether the capture ends by itself. */
  boolean isBounded();

  /** Whether the slot must exist already. */
  boolean needsSlot();

  /** See {@link #dumpThenStream}. */
  record DumpThenStream() implements StartMode {
    @Override
    public String text() {
      return "dump";
    }

    @Override
    public boolean dumps() {
      return true;
    }

    @Override
    public boolean isBounded() {
      return false;
    }

    @Override
    public boolean needsSlot() {
      return false;
    }
  }

  /** See {@link #streamOnly}. */
  record StreamOnly() implements StartMode {
    @Override
    public String text() {
      return "stream";
    }

    @Override
    public boolean dumps() {
      return false;
    }

    @Override
    public boolean isBounded() {
      return false;
    }

    @Override
    public boolean needsSlot() {
      return false;
    }
  }

  /** See {@link #streamFrom}. */
  record StreamFrom(long lsn) implements StartMode {
    @Override
    public String text() {
      return Lsn.format(lsn);
    }

    @Override
    public boolean dumps() {
      return false;
    }

    @Override
    public boolean isBounded() {
      return false;
    }

    @Override
    public boolean needsSlot() {
      return true;
    }
  }

  /** See {@link #existingSlot}. */
  record ExistingSlot() implements StartMode {
    @Override
    public String text() {
      return "slot";
    }

    @Override
    public boolean dumps() {
      return false;
    }

    @Override
    public boolean isBounded() {
      return false;
    }

    @Override
    public boolean needsSlot() {
      return true;
    }
  }

  /** See {@link #dumpOnly}. */
  record DumpOnly() implements StartMode {
    @Override
    public String text() {
      return "dump-only";
    }

    @Override
    public boolean dumps() {
      return true;
    }

    @Override
    public boolean isBounded() {
      return true;
    }

    @Override
    public boolean needsSlot() {
      return false;
    }
  }
}
