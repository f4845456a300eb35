package io.tidemark.postgres.setup;

import java.util.List;

/**
 * Something about a database's DDL capture that is not as it should be.
 *
 * @param severity how bad
 * @param what what is wrong, and what follows
 * @param todo what to do about it beside the statements; may be empty
 * @param sql the statements that mend it, in their order, without semicolons; may be empty
 */
public record DdlFinding(Severity severity, String what, String todo, List<String> sql) {
  /** How bad it is. */
  public enum Severity {
    /** Statements are lost, in a wrong order, or not to be trusted. */
    PROBLEM,
    /** It works, and could work better. */
    NOTE
  }

  public DdlFinding {
    sql = List.copyOf(sql);
  }

  static DdlFinding problem(String what, String... sql) {
    return new DdlFinding(Severity.PROBLEM, what, "", List.of(sql));
  }

  static DdlFinding problem(String what, List<String> sql) {
    return new DdlFinding(Severity.PROBLEM, what, "", sql);
  }

  static DdlFinding note(String what, List<String> sql) {
    return new DdlFinding(Severity.NOTE, what, "", sql);
  }

  /** The same, with something to do beside the statements. */
  DdlFinding todo(String text) {
    return new DdlFinding(severity, what, text, sql);
  }
}
