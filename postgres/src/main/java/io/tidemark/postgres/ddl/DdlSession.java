package io.tidemark.postgres.ddl;

import java.util.Map;
import java.util.Objects;

/**
 * What a statement was run under, and means something else without.
 *
 * @param role the role that it ran as
 * @param sessionUser the role that connected
 * @param searchPath {@code search_path}
 * @param settings {@code TimeZone}, {@code DateStyle}, {@code IntervalStyle} and {@code
 *     standard_conforming_strings}, by their names
 */
public record DdlSession(
    String role, String sessionUser, String searchPath, Map<String, String> settings) {
  /** Nothing is known of it. */
  public static final DdlSession UNKNOWN = new DdlSession("", "", "", Map.of());

  public DdlSession {
    Objects.requireNonNull(role, "role");
    Objects.requireNonNull(sessionUser, "sessionUser");
    Objects.requireNonNull(searchPath, "searchPath");
    settings = Map.copyOf(settings);
  }
}
