package io.tidemark.source.reader;

import io.tidemark.source.split.UnseenXids;

/** Is told of the transactions that the stream emits. */
interface XidLog {
  /** For captures that do not read dumps from the primary. */
  XidLog NONE =
      new XidLog() {
        @Override
        public void emitted(int xid) {}

        @Override
        public UnseenXids state() {
          return UnseenXids.NONE;
        }
      };

  /** The transaction's begin was given to the emitter. */
  void emitted(int xid);

  /** For a checkpoint. */
  UnseenXids state();
}
