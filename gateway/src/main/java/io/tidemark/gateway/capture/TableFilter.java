package io.tidemark.gateway.capture;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;

/**
 * Which tables a consumer wants, by the parameter {@code TableRegex} of its init: in RE2's syntax,
 * found anywhere in the table's name, without its schema. RE2 needs time linear in the name,
 * whatever the expression.
 */
final class TableFilter {
  private static final String PARAMETER = "TableRegex";
  private static final int MAX_LENGTH = 4096;
  private static final TableFilter ALL = new TableFilter(null);

  private final Pattern pattern;

  private TableFilter(Pattern pattern) {
    this.pattern = pattern;
  }

  /**
   * Reads it from an init's parameters; absent or empty means all tables. Other parameters are not
   * looked at.
   *
   * @throws IllegalArgumentException if it is no string, too long, or no regular expression
   */
  static TableFilter of(Struct parameters) {
    Value value = parameters.getFieldsOrDefault(PARAMETER, Value.getDefaultInstance());
    return switch (value.getKindCase()) {
      case KIND_NOT_SET, NULL_VALUE -> ALL;
      case STRING_VALUE -> of(value.getStringValue());
      default ->
          throw new IllegalArgumentException(
              "the parameter " + PARAMETER + " must be a string, and is a " + value.getKindCase());
    };
  }

  private static TableFilter of(String expression) {
    if (expression.isEmpty()) {
      return ALL;
    }
    if (expression.length() > MAX_LENGTH) {
      throw new IllegalArgumentException(
          "the parameter %s has %d characters: %d are the most"
              .formatted(PARAMETER, expression.length(), MAX_LENGTH));
    }
    try {
      return new TableFilter(Pattern.compile(expression));
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(
          "the parameter " + PARAMETER + " is no regular expression: " + e.getMessage(), e);
    }
  }

  /**
   * Whether a table is wanted.
   *
   * @param name without its schema, not quoted
   */
  boolean matches(String name) {
    return pattern == null || pattern.matcher(name).find();
  }
}
