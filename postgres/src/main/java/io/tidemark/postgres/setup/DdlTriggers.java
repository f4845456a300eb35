package io.tidemark.postgres.setup;

import io.tidemark.postgres.Sql;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Checks the event triggers of the DDL capture, and that no other one comes before them. */
final class DdlTriggers {
  private static final String TRIGGERS =
      """
      SELECT e.evtname, e.evtevent, e.evtenabled, e.evttags IS NOT NULL,
             n.nspname = 'tidemark', p.proname, %s
        FROM pg_catalog.pg_event_trigger e
        JOIN pg_catalog.pg_proc p ON p.oid = e.evtfoid
        JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
      """
          .formatted(DdlMembers.isMember("pg_event_trigger", "e.oid"));

  /** They come in the order of their names' bytes. */
  private static final String BEFORE =
      """
      SELECT e.evtname
        FROM pg_catalog.pg_event_trigger e
        JOIN pg_catalog.pg_proc p ON p.oid = e.evtfoid
       WHERE e.evtevent = ? AND e.evtname < ?::pg_catalog.name AND e.evtenabled <> 'D'
         AND p.pronamespace <> 'tidemark'::pg_catalog.regnamespace
       ORDER BY e.evtname
      """;

  private final Connection connection;
  private final DdlScript script;
  private final DdlMembers members;

  DdlTriggers(Connection connection, DdlScript script, DdlMembers members) {
    this.connection = connection;
    this.script = script;
    this.members = members;
  }

  private record Found(
      String event,
      char enabled,
      boolean hasTags,
      boolean isOurs,
      String function,
      boolean isMember) {
    boolean isOf(DdlScript.Trigger trigger) {
      return event.equals(trigger.event())
          && !hasTags
          && isOurs
          && function.equals(trigger.function());
    }
  }

  List<DdlFinding> check() throws SQLException {
    List<DdlFinding> findings = new ArrayList<>();
    Map<String, Found> found = found();
    for (DdlScript.Trigger trigger : script.triggers()) {
      String name = Sql.identifier(trigger.name());
      String object = "EVENT TRIGGER " + name;
      Found there = found.get(trigger.name());
      if (there == null) {
        findings.add(
            DdlFinding.problem(
                "event trigger %s is missing".formatted(name), creation(trigger, object)));
      } else if (!there.isOf(trigger)) {
        List<String> mend = new ArrayList<>(DdlMembers.removal(object, there.isMember()));
        mend.addAll(creation(trigger, object));
        findings.add(
            DdlFinding.problem(
                "event trigger %s is not that of this version".formatted(name), mend));
      } else {
        if (there.enabled() != 'A') {
          findings.add(
              DdlFinding.problem(
                  "event trigger %s is %s".formatted(name, state(there.enabled())),
                  enabled(object)));
        }
        findings.addAll(members.check(object, there.isMember()));
      }
    }
    findings.addAll(before());
    return findings;
  }

  private static String state(char enabled) {
    return switch (enabled) {
      case 'D' -> "disabled: statements are lost";
      case 'R' ->
          "enabled for session_replication_role = replica alone: others' statements are lost";
      default -> "not enabled always: statements under session_replication_role = replica are lost";
    };
  }

  private List<String> creation(DdlScript.Trigger trigger, String object) {
    return members.creation(object, trigger.statement(), enabled(object));
  }

  private static String enabled(String object) {
    return "ALTER %s ENABLE ALWAYS".formatted(object);
  }

  /** What another trigger does is to be told after the statement that it is called for. */
  private List<DdlFinding> before() throws SQLException {
    Map<String, String> names = new HashMap<>();
    try (PreparedStatement statement = connection.prepareStatement(BEFORE)) {
      for (DdlScript.Trigger trigger : script.triggers()) {
        statement.setString(1, trigger.event());
        statement.setString(2, trigger.name());
        try (ResultSet row = statement.executeQuery()) {
          while (row.next()) {
            names.put(row.getString(1), trigger.name());
          }
        }
      }
    }
    return names.keySet().stream()
        .sorted()
        .map(
            name ->
                DdlFinding.problem(
                    "event trigger %s comes before %s by its name: what it does is told before the statement that it is called for"
                        .formatted(Sql.identifier(name), Sql.identifier(names.get(name))),
                    "ALTER EVENT TRIGGER %s RENAME TO %s"
                        .formatted(Sql.identifier(name), Sql.identifier(later(name)))))
        .toList();
  }

  /** A name that comes after ours, which begin with a space. */
  private static String later(String name) {
    String stripped = name.strip();
    return stripped.isEmpty() || stripped.charAt(0) <= ' ' ? "x" + stripped : stripped;
  }

  private Map<String, Found> found() throws SQLException {
    Map<String, Found> found = new HashMap<>();
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(TRIGGERS)) {
      while (row.next()) {
        found.put(
            row.getString(1),
            new Found(
                row.getString(2),
                row.getString(3).charAt(0),
                row.getBoolean(4),
                row.getBoolean(5),
                row.getString(6),
                row.getBoolean(7)));
      }
    }
    return found;
  }
}
