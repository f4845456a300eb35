package io.tidemark.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.ParameterizedType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.util.TimeUtils;
import org.junit.jupiter.api.Test;

/** Keeps the table of options in {@code docs/configuration.md} what {@link CaptureOptions} says. */
class CaptureOptionsDocTest {
  private static final String BEGIN = "<!-- options: written by CaptureOptionsDocTest -->\n";
  private static final String END = "<!-- end of options -->\n";
  private static final Path FILE =
      Path.of(System.getProperty("basedir", "."), "..", "docs", "configuration.md").normalize();

  @Test
  void theDocumentedOptionsAreThoseOfTheCode() throws Exception {
    String documented = Files.readString(FILE);
    String expected = withTable(documented, table());
    if (Boolean.getBoolean("tidemark.docs.write")) {
      Files.writeString(FILE, expected);
      return;
    }
    assertThat(documented)
        .as(
            "%s does not say what CaptureOptions does; write it anew with mvn -q -pl flink-source"
                + " -am test -Dtest=CaptureOptionsDocTest -Dsurefire.failIfNoSpecifiedTests=false"
                + " -Dtidemark.docs.write=true",
            FILE)
        .isEqualTo(expected);
  }

  @Test
  void everyKeyIsInKebabCaseAndDescribed() throws Exception {
    for (Field field : options()) {
      ConfigOption<?> option = (ConfigOption<?>) field.get(null);
      assertThat(option.key()).matches("[a-z]+(-[a-z]+)*(\\.[a-z]+(-[a-z]+)*)*");
      assertThat(option.hasDefaultValue()).as(option.key()).isTrue();
      assertThat(description(option)).as(option.key()).isNotBlank().doesNotContain("|");
    }
  }

  private static String withTable(String document, String table) throws IOException {
    int begin = document.indexOf(BEGIN);
    int end = document.indexOf(END);
    if (begin < 0 || end < begin) {
      throw new IOException(FILE + " lacks the lines " + BEGIN.strip() + " and " + END.strip());
    }
    return document.substring(0, begin + BEGIN.length()) + table + document.substring(end);
  }

  private static String table() throws IllegalAccessException {
    StringBuilder table = new StringBuilder("| key | type | default | description |\n");
    table.append("|---|---|---|---|\n");
    for (Field field : options()) {
      ConfigOption<?> option = (ConfigOption<?>) field.get(null);
      table.append(
          "| `%s` | %s | `%s` | %s |\n"
              .formatted(
                  option.key(), type(field), text(option.defaultValue()), description(option)));
    }
    return table.toString();
  }

  /** In the order of the source, which javac keeps and the JVM reports. */
  private static List<Field> options() {
    List<Field> options = new ArrayList<>();
    for (Field field : CaptureOptions.class.getFields()) {
      if (field.getType() == ConfigOption.class) {
        options.add(field);
      }
    }
    return options;
  }

  private static String type(Field field) {
    ParameterizedType type = (ParameterizedType) field.getGenericType();
    return ((Class<?>) type.getActualTypeArguments()[0]).getSimpleName();
  }

  private static String text(Object value) {
    return value instanceof Duration duration
        ? TimeUtils.formatWithHighestUnit(duration)
        : String.valueOf(value);
  }

  private static String description(ConfigOption<?> option) {
    return new org.apache.flink.configuration.description.HtmlFormatter()
        .format(option.description());
  }
}
