package io.tidemark.dump.chunk;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * Which server a session has reached. Two sessions opened with one URL that live at the same time
 * and differ here have a load balancer before them.
 *
 * @param address the server's own address and port; empty on a Unix-domain socket
 * @param startedMicros when its postmaster started, microseconds since 1970
 * @param serverVersion as in {@code server_version_num}
 */
public record ServerIdentity(String address, long startedMicros, int serverVersion) {
  static ServerIdentity read(Statement statement) throws SQLException {
    String sql =
        "SELECT coalesce(host(inet_server_addr()) || ':' || inet_server_port(), ''),"
            + " (extract(epoch FROM pg_postmaster_start_time()) * 1000000)::int8,"
            + " current_setting('server_version_num')::int4";
    try (ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return new ServerIdentity(row.getString(1), row.getLong(2), row.getInt(3));
    }
  }
}
