package io.tidemark.testkit.postgres;

import java.sql.SQLException;

/**
 * A program that runs a cluster until its standard input ends. When it is ended by a signal, its
 * shutdown hook says whether the server still answers.
 */
final class ClusterProgram {
  private static volatile boolean closed;

  private ClusterProgram() {}

  public static void main(String[] arguments) throws Exception {
    try (PostgresCluster cluster = PostgresCluster.builder().standbys(1).start()) {
      PostgresServer primary = cluster.primary();
      Runtime.getRuntime().addShutdownHook(new Thread(() -> query(primary)));
      print("ready " + primary.port() + " " + primary.dataDirectory().getParent());
      while (System.in.read() >= 0) {
        // Nothing is sent: the end is awaited.
      }
      closed = true;
    }
    print("closed");
  }

  private static void query(PostgresServer server) {
    if (!closed) {
      try {
        print("answers " + server.query("postgres", "SELECT 1"));
      } catch (SQLException e) {
        print("fails " + e);
      }
    }
  }

  private static void print(String line) {
    System.out.println(line);
    System.out.flush();
  }
}
