package io.tidemark.postgres.setup;

import java.util.ArrayList;
import java.util.List;

/**
 * What of the DDL capture is to belong to its extension, where it is one. What does not is dumped
 * by {@code pg_dump} beside the extension, and cannot be restored, as that has made it already.
 *
 * @param isExtension whether there is an extension
 */
record DdlMembers(boolean isExtension) {
  /** For a query of a catalog: whether one of its objects belongs to an extension. */
  static String isMember(String catalog, String oid) {
    return """
        EXISTS (SELECT FROM pg_catalog.pg_depend d
                 WHERE d.classid = 'pg_catalog.%s'::pg_catalog.regclass
                   AND d.objid = %s AND d.deptype = 'e')"""
        .formatted(catalog, oid);
  }

  /**
   * What makes an object, its owner and its privileges, and has it belong to the extension.
   *
   * @param object its kind and name
   */
  List<String> creation(String object, String... statements) {
    List<String> all = new ArrayList<>(List.of(statements));
    if (isExtension) {
      all.add(addition(object));
    }
    return all;
  }

  /** What removes an object that the extension may need. */
  static List<String> removal(String object, boolean isMember) {
    String drop = "DROP " + object;
    return isMember ? List.of("ALTER EXTENSION tidemark DROP " + object, drop) : List.of(drop);
  }

  /** What is wrong with an object that is as it should be but for that. */
  List<DdlFinding> check(String object, boolean isMember) {
    return isExtension && !isMember
        ? List.of(
            DdlFinding.problem(
                "%s does not belong to the extension: what pg_dump dumps cannot be restored"
                    .formatted(object),
                addition(object)))
        : List.of();
  }

  private static String addition(String object) {
    return "ALTER EXTENSION tidemark ADD " + object;
  }
}
