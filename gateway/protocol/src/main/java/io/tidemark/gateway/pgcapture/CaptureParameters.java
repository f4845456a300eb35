package io.tidemark.gateway.pgcapture;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import io.tidemark.gateway.event.TableFilter;

/**
 * The parameters of a capture's init. Those that are not known are not looked at.
 *
 * @param tableRegex {@code TableRegex}: which tables are wanted, in RE2's syntax, found anywhere in
 *     the table's name without its schema; empty for all
 * @param maxMessageBytes {@code MaxMessageBytes}: the largest message that the client takes; 0 if
 *     it does not say
 */
public record CaptureParameters(String tableRegex, long maxMessageBytes) {
  private static final String TABLE_REGEX = "TableRegex";
  private static final String MAX_MESSAGE_BYTES = "MaxMessageBytes";

  /**
   * Reads them.
   *
   * @throws IllegalArgumentException if one has a value that it cannot have
   */
  public static CaptureParameters of(Struct parameters) {
    return new CaptureParameters(tableRegex(parameters), maxMessageBytes(parameters));
  }

  private static String tableRegex(Struct parameters) {
    Value value = parameters.getFieldsOrDefault(TABLE_REGEX, Value.getDefaultInstance());
    String regex =
        switch (value.getKindCase()) {
          case KIND_NOT_SET, NULL_VALUE -> "";
          case STRING_VALUE -> value.getStringValue();
          default ->
              throw new IllegalArgumentException(
                  "the parameter %s must be a string, and is a %s"
                      .formatted(TABLE_REGEX, value.getKindCase()));
        };
    try {
      TableFilter.of(regex, false);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("the parameter " + TABLE_REGEX + ": " + e.getMessage(), e);
    }
    return regex;
  }

  private static long maxMessageBytes(Struct parameters) {
    Value value = parameters.getFieldsOrDefault(MAX_MESSAGE_BYTES, Value.getDefaultInstance());
    double bytes = value.getNumberValue();
    boolean none =
        value.getKindCase() == Value.KindCase.KIND_NOT_SET
            || value.getKindCase() == Value.KindCase.NULL_VALUE;
    if (none) {
      return 0;
    }
    if (!value.hasNumberValue() || bytes < 1 || bytes > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "the parameter %s must be a number of bytes, from 1 to %d"
              .formatted(MAX_MESSAGE_BYTES, Integer.MAX_VALUE));
    }
    return (long) bytes;
  }
}
