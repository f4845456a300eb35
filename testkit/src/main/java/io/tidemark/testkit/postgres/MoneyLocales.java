package io.tidemark.testkit.postgres;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Locales that say nothing but how many fractional digits money has, beside a cluster's data
 * directories: machines may have no other locale than C. For glibc, which brings {@code localedef}.
 */
final class MoneyLocales {
  private static final String DIRECTORY = "locales";

  private static final String CHARACTERS =
      """
      <code_set_name> ANSI_X3.4-1968
      <comment_char> %
      <escape_char> /
      CHARMAP
      <U0000>..<U007F> /x00
      END CHARMAP
      """;

  private static final String LOCALE =
      """
      LC_MONETARY
      int_curr_symbol "XXX "
      currency_symbol "X"
      mon_decimal_point "."
      mon_thousands_sep ","
      mon_grouping 3
      positive_sign ""
      negative_sign "-"
      int_frac_digits %1$d
      frac_digits %1$d
      p_cs_precedes 1
      p_sep_by_space 0
      n_cs_precedes 1
      n_sep_by_space 0
      p_sign_posn 1
      n_sign_posn 1
      END LC_MONETARY
      """;

  private MoneyLocales() {}

  /** Makes locales in a cluster's directory. */
  static void make(Path cluster, Map<String, Integer> digits) throws IOException {
    Path directory = Files.createDirectory(cluster.resolve(DIRECTORY));
    Path characters = Files.writeString(directory.resolve("charmap"), CHARACTERS);
    for (Map.Entry<String, Integer> each : digits.entrySet()) {
      Path source = directory.resolve(each.getKey() + ".source");
      Files.writeString(source, LOCALE.formatted(each.getValue()));
      make(source, characters, directory.resolve(each.getKey()));
    }
  }

  private static void make(Path source, Path characters, Path made) throws IOException {
    // It warns of all categories that are missing, and returns 1.
    Process localedef =
        new ProcessBuilder("localedef", "-c", "-i", source + "", "-f", characters + "", made + "")
            .redirectErrorStream(true)
            .redirectOutput(source.resolveSibling(source.getFileName() + ".log").toFile())
            .start();
    try {
      if (!localedef.waitFor(30, TimeUnit.SECONDS) || !Files.exists(made.resolve("LC_MONETARY"))) {
        throw new IllegalStateException(
            "localedef has not made " + made + ": see the log beside it");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while localedef made " + made, e);
    } finally {
      localedef.destroyForcibly();
    }
  }

  /** Lets programs that run in a cluster's directory find its locales, beside the system's. */
  static void addTo(Map<String, String> environment, Path cluster) {
    Path directory = cluster.resolve(DIRECTORY);
    if (Files.isDirectory(directory)) {
      environment.put("LOCPATH", directory + ":/usr/lib/locale");
    }
  }
}
