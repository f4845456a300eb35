package io.tidemark.testkit.postgres;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads a server's log, whose lines say which role they are about. */
final class PostgresLog {
  static final String LINE_PREFIX = "%m [%p] user=%u,db=%d,app=%a ";

  private static final Pattern ENTRY =
      Pattern.compile(
          "^\\d{4}-\\d\\d-\\d\\d [^\\[]*\\[\\d+] user=([^,]*),db=[^,]*,app=.*?([A-Z]+\\d?:  .*)$");

  private PostgresLog() {}

  /** The entries of one role, in order, each with its continuation lines but without prefix. */
  static List<String> entries(String log, String role) {
    List<String> entries = new ArrayList<>();
    boolean wanted = false;
    for (String line : log.lines().toList()) {
      Matcher matcher = ENTRY.matcher(line);
      if (matcher.matches()) {
        wanted = matcher.group(1).equals(role);
        if (wanted) {
          entries.add(matcher.group(2));
        }
      } else if (wanted) {
        entries.set(entries.size() - 1, entries.get(entries.size() - 1) + "\n" + line.strip());
      }
    }
    return entries;
  }
}
