package io.tidemark.jobs.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

class SettingsTest {
  @Test
  void valuesAreReadByKey() {
    Settings settings =
        new Settings(
            Map.of(
                "name",
                " shop ",
                "on",
                "true",
                "off",
                "false",
                "empty",
                " ",
                "count",
                "7",
                "list",
                "a, b\n c",
                "group.a",
                " 1 ",
                "group.b",
                "2"));
    assertThat(settings.text("name")).isEqualTo("shop");
    assertThat(settings.text("absent")).isEmpty();
    assertThat(settings.text("empty", "otherwise")).isEqualTo("otherwise");
    assertThat(settings.flag("on")).isTrue();
    assertThat(settings.flag("off")).isFalse();
    assertThat(settings.flag("absent")).isFalse();
    assertThat(settings.parsed("count", 1, Integer::parseInt)).isEqualTo(7);
    assertThat(settings.parsed("absent", 1, Integer::parseInt)).isEqualTo(1);
    assertThat(settings.list("list")).containsExactly("a", "b", "c");
    assertThat(settings.list("absent")).isEmpty();
    assertThat(settings.group("group.")).isEqualTo(Map.of("a", "1", "b", "2"));
    assertThat(settings.required("name", "x")).isEqualTo("shop");
    settings.check();
  }

  @Test
  void everythingThatIsWrongIsToldAtOnce() {
    Settings settings = new Settings(Map.of("count", "x", "flag", "yes", "nmae", "s3cret"));
    settings.required("name", "shop");
    settings.parsed("count", 1, Integer::parseInt);
    settings.flag("flag");
    settings.problem("and more");
    assertThatThrownBy(settings::check)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("name is missing; give, for example, name=shop")
        .hasMessageContaining("count is 'x': ")
        .hasMessageContaining("flag is 'yes'; give true or false")
        .hasMessageContaining("and more")
        .hasMessageContaining("nmae is not known; there are count, flag, name")
        .hasMessageNotContaining("s3cret");
  }
}
