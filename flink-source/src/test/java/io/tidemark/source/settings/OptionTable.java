package io.tidemark.source.settings;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.description.HtmlFormatter;
import org.apache.flink.util.TimeUtils;

/**
 * The options of a class as a table of a document in {@code docs}, between two comments: {@code
 * <!-- MARKER: written by XDocTest -->} and {@code <!-- end of MARKER -->}.
 */
public final class OptionTable {
  private final Class<?> holder;
  private final Path file;
  private final String begin;
  private final String end;
  private final String command;

  /**
   * @param holder with the options in public constants
   * @param document the file's name
   * @param marker of the comments
   * @param module whose tests write the table
   */
  public OptionTable(Class<?> holder, String document, String marker, String module) {
    this.holder = holder;
    this.file = Path.of(System.getProperty("basedir", "."), "..", "docs", document).normalize();
    String test = holder.getSimpleName() + "DocTest";
    this.begin = "<!-- %s: written by %s -->\n".formatted(marker, test);
    this.end = "<!-- end of %s -->\n".formatted(marker);
    this.command =
        ("mvn -q -pl %s -am test -Dtest=%s -Dsurefire.failIfNoSpecifiedTests=false"
                + " -Dtidemark.docs.write=true")
            .formatted(module, test);
  }

  /** Compares the document with the code, or writes it, if that is asked for. */
  public void assertIsDocumented() throws IOException {
    String documented = Files.readString(file);
    String expected = withTable(documented);
    if (Boolean.getBoolean("tidemark.docs.write")) {
      Files.writeString(file, expected);
      return;
    }
    assertThat(documented)
        .as("%s does not say what %s does; write it anew with %s", file, holder, command)
        .isEqualTo(expected);
  }

  /** Every key is in kebab case, and every option described. */
  public void assertIsWellFormed() {
    for (ConfigOption<?> option : options()) {
      assertThat(option.key()).matches("[a-z]+(-[a-z]+)*(\\.[a-z]+(-[a-z]+)*)*");
      assertThat(description(option)).as(option.key()).isNotBlank().doesNotContain("|");
    }
  }

  /** All of them. */
  public List<ConfigOption<?>> options() {
    List<ConfigOption<?>> options = new ArrayList<>();
    fields().forEach(field -> options.add(option(field)));
    return options;
  }

  private String withTable(String document) throws IOException {
    int first = document.indexOf(begin);
    int last = document.indexOf(end);
    if (first < 0 || last < first) {
      throw new IOException(file + " lacks the lines " + begin.strip() + " and " + end.strip());
    }
    return document.substring(0, first + begin.length()) + table() + document.substring(last);
  }

  private String table() {
    StringBuilder table = new StringBuilder("| key | type | default | description |\n");
    table.append("|---|---|---|---|\n");
    for (Field field : fields()) {
      ConfigOption<?> option = option(field);
      table.append(
          "| `%s` | %s | %s | %s |\n"
              .formatted(
                  Settings.name(option),
                  type(field),
                  text(option.defaultValue()),
                  description(option)));
    }
    return table.toString();
  }

  /** In the order of the source, which javac keeps and the JVM reports. */
  private List<Field> fields() {
    List<Field> fields = new ArrayList<>();
    for (Field field : holder.getFields()) {
      if (field.getType() == ConfigOption.class) {
        fields.add(field);
      }
    }
    return fields;
  }

  private static ConfigOption<?> option(Field field) {
    try {
      return (ConfigOption<?>) field.get(null);
    } catch (IllegalAccessException e) {
      throw new AssertionError(e);
    }
  }

  /** Of a map the type of its values, each of which has a key. */
  private static String type(Field field) {
    Type type = ((ParameterizedType) field.getGenericType()).getActualTypeArguments()[0];
    if (type instanceof ParameterizedType generic) {
      Type[] arguments = generic.getActualTypeArguments();
      String last = ((Class<?>) arguments[arguments.length - 1]).getSimpleName();
      return generic.getRawType() == Map.class ? last : "list of " + last;
    }
    return ((Class<?>) type).getSimpleName();
  }

  private static String text(Object value) {
    if (value == null
        || value.equals("")
        || value instanceof Map
        || (value instanceof Collection<?> all && all.isEmpty())) {
      return "none";
    }
    return "`%s`"
        .formatted(
            value instanceof Duration duration
                ? TimeUtils.formatWithHighestUnit(duration)
                : String.valueOf(value));
  }

  private static String description(ConfigOption<?> option) {
    return new HtmlFormatter().format(option.description());
  }
}
