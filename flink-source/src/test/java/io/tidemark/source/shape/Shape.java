package io.tidemark.source.shape;

import java.util.List;

/**
 * A table of one combination of what tables can have.
 *
 * @param combination what it is, for people
 * @param ddl makes it
 * @param names the tables, in the schema public, that its rows are captured as; those that a
 *     problem has to name if it is refused
 * @param captured whether it can be captured; else it has to be refused
 * @param before statements that write rows before the capture starts
 * @param during statements that write while it runs, to columns that hold no null
 */
record Shape(
    String combination,
    List<String> ddl,
    List<String> names,
    boolean captured,
    List<String> before,
    List<String> during) {
  /** Not in one page with the row, and different for each row. */
  static String big(String seed) {
    return "repeat(md5((" + seed + ")::text), 90)";
  }

  @Override
  public String toString() {
    return combination + " " + names;
  }
}
