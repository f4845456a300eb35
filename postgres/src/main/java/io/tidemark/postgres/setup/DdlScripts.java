package io.tidemark.postgres.setup;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.module.ModuleDescriptor.Version;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The scripts of the DDL capture, named as those of an extension: {@code tidemark--1.1.sql}
 * installs version 1.1, {@code tidemark--1.0--1.1.sql} makes it of 1.0. The newest version has one
 * of the first kind.
 */
final class DdlScripts {
  /** The files of {@code pg-extension} that this program brings along. */
  static final List<String> BUNDLED = List.of("tidemark--1.0.sql");

  private static final Pattern NAME = Pattern.compile("tidemark--([^-]+)(?:--([^-]+))?\\.sql");
  private static final Comparator<String> BY_VERSION = Comparator.comparing(Version::parse);

  private final Map<String, String> installations = new HashMap<>();

  /** By the version that a script starts from, and the one that it leads to. */
  private final Map<String, Map<String, String>> updates = new HashMap<>();

  /**
   * Some scripts.
   *
   * @param texts by their files' names
   */
  DdlScripts(Map<String, String> texts) {
    texts.forEach(
        (name, text) -> {
          Matcher matcher = NAME.matcher(name);
          if (!matcher.matches()) {
            throw new IllegalArgumentException("no script's name: " + name);
          }
          if (matcher.group(2) == null) {
            installations.put(matcher.group(1), text);
          } else {
            updates
                .computeIfAbsent(matcher.group(1), from -> new HashMap<>())
                .put(matcher.group(2), text);
          }
        });
  }

  static DdlScripts bundled() {
    Map<String, String> texts = new HashMap<>();
    for (String name : BUNDLED) {
      try (InputStream in = DdlScripts.class.getResourceAsStream(name)) {
        texts.put(name, new String(in.readAllBytes(), StandardCharsets.UTF_8));
      } catch (IOException e) {
        throw new UncheckedIOException("cannot read " + name, e);
      }
    }
    return new DdlScripts(texts);
  }

  /** The newest version. */
  String newest() {
    return installations.keySet().stream().max(BY_VERSION).orElseThrow();
  }

  /** What installs the newest version. */
  DdlScript installation() {
    return new DdlScript(installations.get(newest()));
  }

  /** Whether a version is newer than the newest one here. */
  boolean isNewer(String version) {
    return BY_VERSION.compare(version, newest()) > 0;
  }

  /**
   * The fewest updates, in their order, that lead from a version to the newest one; empty if none
   * do.
   */
  Optional<List<String>> updatesFrom(String version) {
    Map<String, List<String>> ways = new HashMap<>(Map.of(version, List.of()));
    Deque<String> ends = new ArrayDeque<>(List.of(version));
    while (!ends.isEmpty()) {
      String reached = ends.remove();
      updates
          .getOrDefault(reached, Map.of())
          .forEach(
              (next, text) -> {
                if (!ways.containsKey(next)) {
                  List<String> way = new ArrayList<>(ways.get(reached));
                  way.add(text);
                  ways.put(next, way);
                  ends.add(next);
                }
              });
    }
    return Optional.ofNullable(ways.get(newest()));
  }
}
