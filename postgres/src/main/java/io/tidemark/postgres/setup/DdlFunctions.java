package io.tidemark.postgres.setup;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Compares the functions of the DDL capture with those that its script makes. */
final class DdlFunctions {
  private static final String FUNCTIONS =
      """
      SELECT p.proname, p.prosrc, p.prosecdef, p.proconfig, pg_catalog.pg_get_userbyid(p.proowner),
             l.lanname,
             EXISTS (SELECT FROM pg_catalog.aclexplode(
                       coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))) a
                      WHERE a.grantee = 0), %s
        FROM pg_catalog.pg_proc p
        JOIN pg_catalog.pg_language l ON l.oid = p.prolang
       WHERE p.pronamespace = 'tidemark'::pg_catalog.regnamespace
      """
          .formatted(DdlMembers.isMember("pg_proc", "p.oid"));
  private static final Set<String> STRICTNESS = Set.of("SELECT true", "SELECT false");

  private final DdlScript script;
  private final DdlMembers members;
  private final Map<String, Found> found = new HashMap<>();
  private final List<DdlFinding> findings = new ArrayList<>();

  DdlFunctions(Connection connection, DdlScript script, DdlMembers members) throws SQLException {
    this.script = script;
    this.members = members;
    find(connection);
  }

  /** A function as the catalog has it. */
  private record Found(
      String body,
      boolean securityDefiner,
      Set<String> settings,
      String owner,
      String language,
      boolean isPublic,
      boolean isMember) {}

  private void find(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(FUNCTIONS)) {
      while (row.next()) {
        Set<String> settings =
            row.getArray(4) == null ? Set.of() : Set.of((String[]) row.getArray(4).getArray());
        found.put(
            row.getString(1),
            new Found(
                row.getString(2),
                row.getBoolean(3),
                settings,
                row.getString(5),
                row.getString(6),
                row.getBoolean(7),
                row.getBoolean(8)));
      }
    }
  }

  /** Whether the text of statements is asked of the library. */
  boolean callsLibrary() {
    Found text = found.get(DdlLibrary.FUNCTION);
    return text != null && text.language().equals("c");
  }

  List<DdlFinding> check() {
    for (DdlScript.Function function : script.functions()) {
      Found there = found.get(function.name());
      check(
          function.signature(),
          function.name(),
          there == null ? function.statement() : function.replacement(),
          there == null || isOf(there, function));
    }
    // Not of the list, as the script makes one or the other.
    Found text = found.get(DdlLibrary.FUNCTION);
    check(
        DdlLibrary.SIGNATURE,
        DdlLibrary.FUNCTION,
        DdlLibrary.WITHOUT,
        text == null || callsLibrary() || text.body().equals("SELECT NULL::pg_catalog.text"));
    return findings;
  }

  /**
   * Checks one of them.
   *
   * @param statement what makes it, where it is or is not
   * @param isOfVersion true if it is not there
   */
  private void check(String signature, String name, String statement, boolean isOfVersion) {
    String object = "FUNCTION " + signature;
    String owner = "ALTER %s OWNER TO %s".formatted(object, InstalledDdl.ROLE);
    String revoke = "REVOKE ALL ON %s FROM PUBLIC".formatted(object);
    Found there = found.get(name);
    if (there == null) {
      findings.add(
          DdlFinding.problem(
              "function tidemark.%s is missing".formatted(name),
              members.creation(object, statement, owner, revoke)));
      return;
    }
    if (!isOfVersion) {
      findings.add(
          DdlFinding.problem(
              "function tidemark.%s is not that of this version".formatted(name), statement));
    }
    if (!there.owner().equals(InstalledDdl.ROLE)) {
      findings.add(
          DdlFinding.problem(
              "function tidemark.%s is owned by '%s', not '%s'"
                  .formatted(name, there.owner(), InstalledDdl.ROLE),
              owner));
    }
    if (there.isPublic()) {
      findings.add(
          DdlFinding.problem("everyone may call function tidemark.%s".formatted(name), revoke));
    }
    findings.addAll(members.check(object, there.isMember()));
  }

  private static boolean isOf(Found there, DdlScript.Function function) {
    boolean isBody =
        function.name().equals("is_strict")
            ? STRICTNESS.contains(there.body().strip())
            : there.body().equals(function.body());
    return isBody
        && there.securityDefiner() == function.securityDefiner()
        && there.settings().equals(function.settings());
  }
}
