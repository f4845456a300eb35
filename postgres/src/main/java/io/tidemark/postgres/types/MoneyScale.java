package io.tidemark.postgres.types;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * How many fractional digits money has in a database. A value is a number of the currency's
 * smallest units, and what these are {@code lc_monetary} alone says, of whichever session looks: it
 * is taken to be what sessions of the database have unless they, or their roles, set another.
 */
public final class MoneyScale {
  /**
   * What the database or else all roles have; where neither has any, what the server has, which a
   * role's own setting would hide.
   */
  private static final String OF_ALL_ROLES =
      """
      SELECT pg_catalog.substr(setting, 13) FROM pg_catalog.pg_db_role_setting s,
             pg_catalog.unnest(s.setconfig) AS setting
       WHERE s.setrole = 0 AND setting LIKE 'lc\\_monetary=%'
         AND (s.setdatabase = 0 OR s.setdatabase =
                (SELECT d.oid FROM pg_catalog.pg_database d
                  WHERE d.datname = pg_catalog.current_database()))
       ORDER BY s.setdatabase DESC LIMIT 1""";

  /** The casts are not constants, so that the setting is made before them. */
  private static final String QUERY =
      "SELECT pg_catalog.scale(1::pg_catalog.money::numeric) FROM pg_catalog.set_config("
          + "'lc_monetary', coalesce(("
          + OF_ALL_ROLES
          + "), pg_catalog.current_setting('lc_monetary')), false)";

  private static final String HIDDEN =
      "SELECT ("
          + OF_ALL_ROLES
          + """
          ) IS NULL AND EXISTS (
            SELECT 1 FROM pg_catalog.pg_db_role_setting s,
                   pg_catalog.unnest(s.setconfig) AS setting
             WHERE setting LIKE 'lc\\_monetary=%'
               AND s.setrole =
                 (SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname = session_user)
               AND s.setdatabase IN
                 (0, (SELECT d.oid FROM pg_catalog.pg_database d
                       WHERE d.datname = pg_catalog.current_database())))""";

  private MoneyScale() {}

  /** Reads it; the session has that {@code lc_monetary} from now on. */
  static int read(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(QUERY)) {
      row.next();
      return row.getInt(1);
    }
  }

  /**
   * Whether it cannot be told, as the session's role has an {@code lc_monetary} of its own and the
   * database has none.
   *
   * @throws SQLException if the server cannot be asked
   */
  public static boolean isHidden(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(HIDDEN)) {
      row.next();
      return row.getBoolean(1);
    }
  }
}
