package io.tidemark.postgres.setup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class DdlScriptsTest {
  @Test
  void allScriptsOfTheExtensionAreBundled() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("../pg-extension"))) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .filteredOn(name -> name.startsWith("tidemark--"))
          .containsExactlyInAnyOrderElementsOf(DdlScripts.BUNDLED);
    }
    DdlScripts scripts = DdlScripts.bundled();
    assertThat(scripts.installation().text())
        .contains("COMMENT ON SCHEMA tidemark IS 'tidemark " + scripts.newest() + "'");
    assertThat(Files.readString(Path.of("../pg-extension/tidemark.control")))
        .contains("default_version = '" + scripts.newest() + "'");
  }

  @Test
  void whatAScriptMakesIsReadFromIt() {
    DdlScript script = DdlScripts.bundled().installation();

    // The library's is made in a DO block.
    assertThat(script.functions())
        .hasSize(
            (int)
                Pattern.compile("^CREATE FUNCTION", Pattern.MULTILINE)
                    .matcher(script.text())
                    .results()
                    .count())
        .filteredOn(DdlScript.Function::securityDefiner)
        .extracting(DdlScript.Function::signature)
        .containsExactly("tidemark.capture()");
    assertThat(script.triggers())
        .hasSize(6)
        .extracting(DdlScript.Trigger::event)
        .containsOnly("ddl_command_end", "sql_drop", "table_rewrite");
    assertThat(script.views())
        .extracting(DdlScript.View::name)
        .containsExactly("signing_key", "tally");
    assertThat(script.views().get(0).statement())
        .startsWith("CREATE MATERIALIZED VIEW")
        .endsWith("AS key");
  }

  @Test
  void theFewestUpdatesLeadToTheNewestVersion() {
    DdlScripts scripts =
        new DdlScripts(
            Map.of(
                "tidemark--1.0.sql", "",
                "tidemark--1.10.sql", "newest",
                "tidemark--1.9.sql", "",
                "tidemark--1.0--1.1.sql", "0 to 1",
                "tidemark--1.1--1.9.sql", "1 to 9",
                "tidemark--1.1--1.10.sql", "1 to 10",
                "tidemark--1.9--1.10.sql", "9 to 10",
                "tidemark--1.10--1.9.sql", "back"));

    assertThat(scripts.newest()).isEqualTo("1.10");
    assertThat(scripts.installation().text()).isEqualTo("newest");
    assertThat(scripts.isNewer("1.9")).isFalse();
    assertThat(scripts.isNewer("1.11")).isTrue();
    assertThat(scripts.updatesFrom("1.0")).contains(List.of("0 to 1", "1 to 10"));
    assertThat(scripts.updatesFrom("1.9")).contains(List.of("9 to 10"));
    assertThat(scripts.updatesFrom("1.10")).contains(List.of());
    assertThat(scripts.updatesFrom("0.9")).isEmpty();
  }

  @Test
  void aFileOfAnotherNameIsNoScript() {
    Map<String, String> texts = Map.of("tidemark.sql", "");
    assertThatThrownBy(() -> new DdlScripts(texts)).hasMessageContaining("tidemark.sql");
  }
}
