package io.tidemark.gateway.event;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.tidemark.postgres.TableName;

/**
 * Which tables a consumer wants: an expression in RE2's syntax, found anywhere in the table's name.
 * RE2 needs time linear in the name, whatever the expression.
 */
public final class TableFilter {
  private static final int MAX_LENGTH = 4096;

  private final Pattern pattern;
  private final boolean withSchema;

  private TableFilter(Pattern pattern, boolean withSchema) {
    this.pattern = pattern;
    this.withSchema = withSchema;
  }

  /**
   * Reads an expression.
   *
   * @param expression empty for all tables
   * @param withSchema whether it is looked for in {@code schema.table} instead of in {@code table}
   * @throws IllegalArgumentException if it is too long or no regular expression
   */
  public static TableFilter of(String expression, boolean withSchema) {
    if (expression.isEmpty()) {
      return new TableFilter(null, withSchema);
    }
    if (expression.length() > MAX_LENGTH) {
      throw new IllegalArgumentException(
          "an expression of %d characters: %d are the most"
              .formatted(expression.length(), MAX_LENGTH));
    }
    try {
      return new TableFilter(Pattern.compile(expression), withSchema);
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException("not a regular expression: " + e.getMessage(), e);
    }
  }

  /** Whether a table is wanted. */
  public boolean matches(TableName table) {
    return pattern == null
        || pattern.matcher(withSchema ? table.schema() + "." + table.name() : table.name()).find();
  }
}
