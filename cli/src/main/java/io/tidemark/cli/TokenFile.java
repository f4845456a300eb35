package io.tidemark.cli;

import io.tidemark.gateway.server.Access.Grant;
import io.tidemark.jobs.Failure;
import io.tidemark.jobs.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The tokens of a gateway, a line each: the token, {@code consume} or {@code publish}, and the URIs
 * between commas, {@code *} for all. Empty lines and those that begin with {@code #} count for
 * nothing.
 */
public final class TokenFile {
  private static final int SHORTEST = 16;

  private TokenFile() {}

  /**
   * Reads a file.
   *
   * @throws Failure naming all lines that are wrong, without their tokens
   */
  public static Map<String, Grant> read(Path file) {
    List<String> lines;
    try {
      lines = Files.readAllLines(file);
    } catch (IOException e) {
      throw new Failure("cannot read tokens from " + file + ": " + Problem.describe(e), e);
    }
    Map<String, Grant> tokens = new HashMap<>();
    StringBuilder problems = new StringBuilder();
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      if (!line.isEmpty() && !line.startsWith("#")) {
        String problem = add(line, tokens);
        if (problem != null) {
          problems.append("\n  - line ").append(i + 1).append(": ").append(problem);
        }
      }
    }
    if (problems.length() == 0 && tokens.isEmpty()) {
      problems.append("\n  - there is no token");
    }
    if (problems.length() > 0) {
      throw new Failure("the tokens in " + file + " are wrong:" + problems);
    }
    return tokens;
  }

  private static String add(String line, Map<String, Grant> tokens) {
    String[] parts = line.split("\\s+", -1);
    if (parts.length != 3) {
      return "it has " + parts.length + " words; give TOKEN consume|publish URI[,URI...]";
    }
    if (parts[0].length() < SHORTEST) {
      return "the token has fewer than " + SHORTEST + " characters";
    }
    if (!parts[1].equals("consume") && !parts[1].equals("publish")) {
      // Not shown: it may be the token, in the wrong place.
      return "its second word is neither consume nor publish";
    }
    Grant grant =
        new Grant(Set.copyOf(List.of(parts[2].split(",", -1))), parts[1].equals("publish"));
    return tokens.putIfAbsent(parts[0], grant) == null ? null : "the token is given twice";
  }
}
