package io.tidemark.dump.chunk;

/** The one table from SQLSTATE to what is to be done. */
final class SqlStates {
  private SqlStates() {}

  static DumpFailure classify(String state) {
    return switch (state) {
      // Recovery conflict (also as 57014 by an administrator), deadlock with replay, lock timeout.
      case "40001", "40P01", "57014", "55P03" -> DumpFailure.CONFLICT;
      case "42P01", "3F000", "42703" -> DumpFailure.STALE_PLAN;
      case "42501" -> DumpFailure.DENIED;
      case "XX001", "XX002" -> DumpFailure.MALFORMED;
      default -> classifyClass(state.length() < 2 ? "" : state.substring(0, 2));
    };
  }

  private static DumpFailure classifyClass(String stateClass) {
    return switch (stateClass) {
      // Connection, resources, shutdown and start-up, I/O of the server, pgjdbc without a state.
      case "08", "53", "57", "58", "XX", "" -> DumpFailure.UNAVAILABLE;
      // Authentication, database, privileges and objects, features, values, settings, limits.
      case "28", "3D", "42", "0A", "0L", "0P", "22", "23", "55", "54", "25", "38", "39", "P0" ->
          DumpFailure.REFUSED;
      default -> DumpFailure.MALFORMED;
    };
  }

  static String advice(String state) {
    return switch (state) {
      case "40001" ->
          "; if it happens again and again, set hot_standby_feedback or raise"
              + " max_standby_streaming_delay on the standby";
      case "42501" ->
          "; grant the capture role SELECT on the table, and BYPASSRLS if the table has row-level"
              + " security";
      case "53300" -> "; raise max_connections or read with fewer connections";
      default -> "";
    };
  }
}
