package io.tidemark.cli.quickstart;

/**
 * What came of comparing what a consumer holds with the database.
 *
 * @param tables how many tables were compared
 * @param rows how many rows the database has in them
 * @param missing rows of the database that the consumer does not hold
 * @param extra rows that the consumer holds and the database does not
 * @param different rows that both have, with different values; and tables that only one of them
 *     has, or that have other columns or another key in it
 */
record Verdict(long tables, long rows, long missing, long extra, long different) {
  static final Verdict NONE = new Verdict(0, 0, 0, 0, 0);

  Verdict plus(Verdict other) {
    return new Verdict(
        tables + other.tables,
        rows + other.rows,
        missing + other.missing,
        extra + other.extra,
        different + other.different);
  }

  boolean isEqual() {
    return missing == 0 && extra == 0 && different == 0;
  }

  @Override
  public String toString() {
    return "verified: tables=%d rows=%d missing=%d extra=%d different=%d"
        .formatted(tables, rows, missing, extra, different);
  }
}
