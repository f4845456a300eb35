package io.tidemark.dump.chunk;

/** COPY data that is not PostgreSQL's binary format. Its message has places and sizes, no data. */
public final class CopyFormatException extends DumpException {
  private static final long serialVersionUID = 1L;

  /**
   * @param row rows decoded before
   * @param offset bytes from the start of the COPY data
   */
  CopyFormatException(String problem, long row, long offset) {
    super(
        DumpFailure.MALFORMED,
        "malformed binary COPY data after " + row + " rows, at byte " + offset + ": " + problem);
  }
}
