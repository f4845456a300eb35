package io.tidemark.postgres.setup;

import io.tidemark.postgres.connection.Endpoint;
import io.tidemark.postgres.connection.ServerErrors;
import java.io.IOException;
import java.sql.SQLException;

/** Says why a server did not let us in. */
final class ConnectionProblems {
  private ConnectionProblems() {}

  /** For a server of which people speak as {@code what}: "primary" or "dump source". */
  static Problem of(String what, Endpoint endpoint, Exception e) {
    String found = "cannot connect to the %s %s: %s".formatted(what, endpoint, e.getMessage());
    if (e instanceof IOException) {
      return new Problem(found, "make the password's source readable where the job runs");
    }
    String state = e instanceof SQLException sql ? ServerErrors.state(sql) : "";
    return new Problem(found, todo(state), ServerErrors.mayPass(state));
  }

  private static String todo(String state) {
    if (state.equals("42501")) {
      return "give the role what it lacks: ALTER ROLE ... REPLICATION";
    }
    String todo = ServerErrors.todo(state);
    return todo.isEmpty() ? "see the server's log" : todo;
  }
}
