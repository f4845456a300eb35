package io.tidemark.gateway.schedule;

/** Rows of a table that are to be dumped, and are done together. */
public sealed interface DumpRange permits PageSpan, KeyList {
  /** Of the table, not quoted. */
  String schema();

  /** Not quoted. */
  String table();

  /**
   * The range's name in checkpoints of its rows: 32 bits, unsigned, and not unique, as different
   * ranges may share one.
   */
  int dumpId();
}
