package io.tidemark.source.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.postgres.connection.Password;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.ExternalResourceOptions;
import org.apache.flink.configuration.JobManagerOptions;
import org.junit.jupiter.api.Test;

class SettingsTest {
  private static final ConfigOption<String> NAME =
      ConfigOptions.key("name").stringType().noDefaultValue();
  private static final ConfigOption<String> FORM =
      ConfigOptions.key("form").stringType().defaultValue("1");
  private static final ConfigOption<Integer> COUNT =
      ConfigOptions.key("count").intType().defaultValue(7);
  private static final ConfigOption<Boolean> FLAG =
      ConfigOptions.key("some.flag").booleanType().defaultValue(false);
  private static final ConfigOption<Duration> TIME =
      ConfigOptions.key("some.time").durationType().defaultValue(Duration.ofSeconds(1));
  private static final ConfigOption<List<String>> LIST =
      ConfigOptions.key("list").stringType().asList().noDefaultValue();
  private static final ConfigOption<Map<String, String>> GROUP =
      ConfigOptions.key("group").mapType().defaultValue(Map.of());
  private static final List<ConfigOption<?>> ALL =
      List.of(NAME, FORM, COUNT, FLAG, TIME, LIST, GROUP);

  private static Settings settings(Map<String, String> values) {
    return new Settings(Settings.of(values));
  }

  @Test
  void valuesAreReadByOption() {
    Settings settings =
        settings(
            Map.of(
                "name", " shop ",
                "count", "3 ",
                "some.flag", "true",
                "some.time", "2 min",
                "list", "a, b\n c",
                "group.a", " 1 ",
                "group.b.c", "2"));
    settings.checkKeys(ALL);
    settings.checkGroups(ALL);
    assertThat(settings.get(NAME)).isEqualTo("shop");
    assertThat(settings.<Integer>parse(FORM, Integer::parseInt)).isEqualTo(1);
    assertThat(settings.get(COUNT)).isEqualTo(3);
    assertThat(settings.get(FLAG)).isTrue();
    assertThat(settings.get(TIME)).isEqualTo(Duration.ofMinutes(2));
    assertThat(settings.list(LIST)).containsExactly("a", "b", "c");
    assertThat(settings.group(GROUP)).isEqualTo(Map.of("a", "1", "b.c", "2"));
    assertThat(settings.only(List.of(NAME, GROUP)).keySet())
        .containsExactlyInAnyOrder("name", "group.a", "group.b.c");
    settings.check("no");
  }

  @Test
  void optionsOfFlinkAreLetPass() {
    Settings settings =
        settings(
            Map.of(
                JobManagerOptions.SCHEDULER_MODE.key(),
                "reactive",
                ExternalResourceOptions.EXTERNAL_RESOURCE_LIST.key(),
                "gpu",
                "restart-strategy",
                "none",
                "execution.checkpointing.interval",
                "1 s"));
    settings.checkGroups(ALL);
    settings.check("no");
  }

  @Test
  void whatIsBlankIsNotThere() {
    Settings settings = settings(Map.of("name", " ", "count", ""));
    assertThat(settings.get(NAME)).isNull();
    assertThat(settings.get(COUNT)).isEqualTo(7);
    assertThat(settings.list(LIST)).isEmpty();
    assertThat(settings.group(GROUP)).isEmpty();
    assertThat(settings.password(NAME, FORM)).isEqualTo(Password.NONE);
    settings.check("no");
  }

  @Test
  void passwordsComeFromAVariableOrAFile() {
    assertThat(settings(Map.of("name", "A")).password(NAME, FORM))
        .isEqualTo(Password.fromEnvironment("A"));
    assertThat(settings(Map.of("form", "b")).password(NAME, FORM))
        .isEqualTo(Password.fromFile(Path.of("b")));
  }

  @Test
  void everythingThatIsWrongIsToldAtOnce() {
    Settings settings =
        settings(
            Map.of(
                "count", "0",
                "form", "x",
                "some.flag", "yes",
                "some.time", "soon",
                "list", "['s3cret",
                "some.flga", "s3cret",
                "other.flag", "s3cret",
                "nmae", "s3cret"));
    settings.missing(NAME, "shop");
    assertThat(settings.get(COUNT)).isEqualTo(7);
    assertThat(settings.<Integer>parse(FORM, Integer::parseInt)).isEqualTo(1);
    assertThat(settings.get(FLAG)).isFalse();
    assertThat(settings.get(TIME)).isEqualTo(Duration.ofSeconds(1));
    settings.checkGroups(ALL);
    settings.checkKeys(ALL);
    settings.problems(new SettingsException("others", List.of("and more")));
    assertThatThrownBy(() -> settings.check("the settings are wrong"))
        .isInstanceOf(SettingsException.class)
        .message()
        .isEqualTo(
            """
            the settings are wrong:
              - name is missing; give, for example, name=shop
              - count is '0': give more than 0
              - form is 'x': For input string: "x"
              - some.flag is 'yes': give true or false
              - some.time is 'soon': give a duration such as 100 ms
              - no option is called nmae or some.flga; there are %1$s
              - no option is called nmae or other.flag or some.flga; there are %1$s
              - and more"""
                .formatted("name, form, count, some.flag, some.time, list, group.NAME"));
  }
}
