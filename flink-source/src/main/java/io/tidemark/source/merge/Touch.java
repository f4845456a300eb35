package io.tidemark.source.merge;

import io.tidemark.postgres.RowKey;
import io.tidemark.postgres.Tuple;

/**
 * What the stream did to one key while its table was armed. Also a node of the list in which {@link
 * TableTouches} keeps the touches by the time of the last one, and of a {@link TouchTable}.
 */
final class Touch {
  /** The mark of what never happened: older than any. */
  static final long NEVER = -1;

  final RowKey key;

  /** The newest mark before the last change. */
  long last = NEVER;

  /**
   * The newest mark before the last change after which a consumer's row no longer rests on what a
   * dump reads: the key was deleted or taken over, or a whole image of it was emitted.
   */
  long settled = NEVER;

  /**
   * If the newest image lacks columns, the newest known values; what is not known is unchanged
   * there. Null if the newest image is whole or the key is deleted.
   */
  Tuple known;

  Touch older;
  Touch newer;

  /** The next one in the same chain of {@link TouchTable}. */
  Touch chained;

  Touch(RowKey key) {
    this.key = key;
  }

  /** Bytes of memory that it takes, roughly, its place in a map included. */
  int memorySize() {
    return 96 + key.memorySize() + (known == null ? 0 : known.memorySize());
  }
}
