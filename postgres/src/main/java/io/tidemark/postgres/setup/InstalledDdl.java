package io.tidemark.postgres.setup;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;

/**
 * The DDL capture as a database has it.
 *
 * @param version its version; empty if nothing tells it
 * @param isExtension whether the extension has made it, and not a script
 * @param isStrict whether an error of its fails the statement that is captured
 */
public record InstalledDdl(Optional<String> version, boolean isExtension, boolean isStrict) {
  static final String SCHEMA = "tidemark";
  static final String ROLE = "tidemark_ddl";

  private static final String FIND =
      """
      SELECT (SELECT extversion FROM pg_catalog.pg_extension WHERE extname = 'tidemark'),
             substring(pg_catalog.obj_description(n.oid, 'pg_namespace') from '^tidemark (\\S+)'),
             EXISTS (SELECT FROM pg_catalog.pg_proc p
                      WHERE p.pronamespace = n.oid AND p.proname = 'capture'),
             (SELECT p.prosrc FROM pg_catalog.pg_proc p
               WHERE p.pronamespace = n.oid AND p.proname = 'is_strict')
        FROM pg_catalog.pg_namespace n
       WHERE n.nspname = 'tidemark'
      """;

  /**
   * Looks whether a database has it.
   *
   * @throws RefusedException if its schema is another one's
   */
  public static Optional<InstalledDdl> find(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(FIND)) {
      if (!row.next()) {
        return Optional.empty();
      }
      Optional<String> extension = Optional.ofNullable(row.getString(1));
      Optional<String> comment = Optional.ofNullable(row.getString(2));
      Optional<String> version = extension.or(() -> comment);
      if (version.isEmpty() && !row.getBoolean(3)) {
        throw new RefusedException(
            ("database '%s' has a schema 'tidemark' that is not that of the DDL capture; rename or"
                    + " drop it, if nobody needs it under that name")
                .formatted(connection.getCatalog()));
      }
      String strict = row.getString(4);
      return Optional.of(
          new InstalledDdl(
              version, extension.isPresent(), strict != null && strict.contains("true")));
    }
  }

  /** For people: {@code tidemark 1.0, installed as an extension, strict}. */
  @Override
  public String toString() {
    return "tidemark %s, installed %s%s"
        .formatted(
            version.orElse("of an unknown version"),
            isExtension ? "as an extension" : "by script",
            isStrict ? ", strict" : "");
  }
}
