package io.tidemark.jobs;

import io.tidemark.postgres.Lsn;
import io.tidemark.source.StartMode;

/** The start modes of captures without an end, by the names that users give them. */
public final class StartModes {
  private StartModes() {}

  /**
   * The mode of a name: {@code dump}, {@code stream}, {@code slot}, or an LSN for the stream from
   * there.
   *
   * @throws IllegalArgumentException if it is none of these
   */
  public static StartMode parse(String name) {
    return switch (name) {
      case "dump" -> StartMode.dumpThenStream();
      case "stream" -> StartMode.streamOnly();
      case "slot" -> StartMode.existingSlot();
      default -> {
        try {
          yield StartMode.streamFrom(Lsn.parse(name));
        } catch (IllegalArgumentException e) {
          throw new IllegalArgumentException("give dump, stream, slot or an LSN", e);
        }
      }
    };
  }
}
