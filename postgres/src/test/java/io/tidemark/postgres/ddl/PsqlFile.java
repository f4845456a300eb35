package io.tidemark.postgres.ddl;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Splits a file into the strings that psql sends of it: {@code \;} separates within one. */
final class PsqlFile {
  private static final Pattern TOKEN =
      Pattern.compile(
          "--[^\n]*"
              + "|/\\*(?:[^*/]|\\*(?!/)|/(?!\\*)|/\\*(?:[^*/]|\\*(?!/)|/(?!\\*))*\\*/)*\\*/"
              + "|\\b[eE]'(?:[^'\\\\]|\\\\.|'')*'"
              + "|'[^']*'"
              + "|\"[^\"]*\""
              + "|\\$(\\w*|😀)\\$.*?\\$\\1\\$"
              + "|begin atomic.*?\\bend\\b"
              + "|.",
          Pattern.DOTALL);

  private PsqlFile() {}

  /** The strings of a file without psql's own commands, less white space and lines of comments. */
  static List<String> strings(String text) {
    List<String> strings = new ArrayList<>();
    StringBuilder string = new StringBuilder();
    int depth = 0;
    Matcher token = TOKEN.matcher(text);
    while (token.find()) {
      depth += token.group().equals("(") ? 1 : token.group().equals(")") ? -1 : 0;
      if (!token.group().equals(";") || depth > 0) {
        string.append(token.group());
      } else if (string.length() > 0 && string.charAt(string.length() - 1) == '\\') {
        string.setCharAt(string.length() - 1, ';');
      } else {
        if (!string.toString().isBlank()) {
          strings.add(string.toString().replaceFirst("^(\\s*--[^\n]*\n)+", "").strip());
        }
        string.setLength(0);
      }
    }
    return strings;
  }
}
