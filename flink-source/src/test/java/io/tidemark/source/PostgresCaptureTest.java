package io.tidemark.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.postgres.Lsn;
import io.tidemark.postgres.connection.Endpoint;
import io.tidemark.postgres.connection.Password;
import io.tidemark.postgres.setup.TablePattern;
import io.tidemark.source.settings.Settings;
import io.tidemark.source.settings.SettingsException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.Test;

class PostgresCaptureTest {
  @Test
  void allErrorsOfTheConfigurationComeInOneMessage() {
    PostgresCapture.Builder capture =
        PostgresCapture.builder()
            .url("postgresql://primary/shop")
            .user("tidemark")
            .slot("Not A Slot")
            .publication("")
            .tables("public.")
            .setAll(
                Configuration.fromMap(
                    Map.of(
                        "lanes", "two",
                        "dump.chunk-size", "many",
                        "dump.connections", "0",
                        "mark-interval", "0 ms",
                        "merge.max-touch-size", "0",
                        "dump.chunksize", "1mb",
                        "lane", "2",
                        "execution.checkpointing.interval", "1 s")));
    assertThatThrownBy(capture::build)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(
            "url: not a PostgreSQL JDBC URL: 'postgresql://primary/shop'",
            "slot is 'Not A Slot': give 1 to 63 of a-z",
            "publication's name is empty",
            "tables: not a table: 'public.'",
            "lanes is 'two': give a whole number",
            "dump.chunk-size is 'many': give a size such as 8 mb",
            "dump.connections is '0': give more than 0",
            "mark-interval is '0 ms': give more than 0",
            "merge.max-touch-size is '0': give more than 0",
            "no option is called dump.chunksize or lane; there are url, user, ",
            "there is nowhere to read them")
        .message()
        .doesNotContain("execution");
  }

  @Test
  void allThatTheBuilderTakesCanBeGivenAsTexts() {
    CaptureConfig config =
        read(
            "url", "jdbc:postgresql://primary/shop",
            "user", "tidemark",
            "password-env", "PGPASSWORD",
            "property.sslmode", "verify-full",
            "replicas", "jdbc:postgresql://a/shop, jdbc:postgresql://b/shop",
            "tables", "orders sales.*\n['odd]",
            "slot", "s",
            "publication", "p",
            "publication.create", "false",
            "publication.via-root", "false",
            "start", "16/B374D848",
            "lanes", "3",
            "execution.checkpointing.interval", "1 s");
    assertThat(config.primary())
        .isEqualTo(
            new Endpoint(
                "jdbc:postgresql://primary/shop",
                "tidemark",
                Password.fromEnvironment("PGPASSWORD"),
                Map.of("sslmode", "verify-full")));
    assertThat(config.replicas())
        .hasToString("[jdbc:postgresql://a/shop, jdbc:postgresql://b/shop]")
        .allMatch(replica -> replica.properties().equals(config.primary().properties()));
    assertThat(config.dumpFromPrimary()).isFalse();
    assertThat(config.tables()).hasToString("[public.orders, sales.*, public.['odd]]");
    assertThat(config.slot()).isEqualTo("s");
    assertThat(config.publication()).isEqualTo("p");
    assertThat(config.createPublication()).isFalse();
    assertThat(config.viaRoot()).isFalse();
    assertThat(config.startMode()).isEqualTo(StartMode.streamFrom(Lsn.parse("16/B374D848")));
    assertThat(config.lanes()).isEqualTo(3);
    assertThat(config.options().keySet())
        .as("what readers and merge go by, without what may be secret")
        .contains("lanes", "dump.chunk-size")
        .doesNotContain("url", "property.sslmode", "execution.checkpointing.interval");
  }

  @Test
  void listsCanHaveAnythingInThemAndAddUp() {
    Configuration options =
        Configuration.fromMap(
            Map.of(
                "url", "jdbc:postgresql://primary/shop",
                "replicas", "['jdbc:postgresql://a,b/shop']",
                "tables", "['public.my table', \"a, b\"]"));
    CaptureConfig config =
        PostgresCapture.builder()
            .setAll(options)
            .tables("or ders")
            .replica("jdbc:postgresql://c,d/shop")
            .build()
            .config();
    assertThat(config.tables().stream().map(TablePattern::text))
        .containsExactlyInAnyOrder("public.or ders", "public.my table", "public.a, b");
    assertThat(config.replicas().stream().map(Endpoint::url))
        .containsExactlyInAnyOrder("jdbc:postgresql://c,d/shop", "jdbc:postgresql://a,b/shop");
  }

  @Test
  void whatIsGivenTwiceIsRefused() {
    assertThatThrownBy(
            () ->
                streamOnly()
                    .primary(new Endpoint("jdbc:postgresql://x/y", "", Password.NONE, Map.of()))
                    .password(Password.of("s3cret"))
                    .setAll(
                        Configuration.fromMap(Map.of("password-env", "A", "password-file", "b")))
                    .replica("jdbc:postgresql://a/shop")
                    .dumpFromPrimary()
                    .build())
        .hasMessageContainingAll(
            "the primary is given as a URL and as an endpoint: give one",
            "password-env and password-file are both given: give one",
            "the password's source is given as an option and as a value: give one",
            "dumps are to be read from the primary and from 1 replicas: give one of the two");
  }

  @Test
  void nothingSecretIsInMessages() {
    String url = "jdbc:mysql://me:s3cret@primary/shop?password=s3cret";
    assertThatThrownBy(
            () ->
                read(
                    "url", url,
                    "replicas", url + " [" + url,
                    "tables", "t",
                    "property", "s3cret",
                    "property.sslpassword", "s3cret"))
        .isInstanceOf(SettingsException.class)
        .hasMessageContainingAll("url: not a", "replicas: not a", "give property.NAME=VALUE")
        .hasMessageNotContaining("s3cret");
    assertThatThrownBy(() -> read("replicas", "[\"a;\"s3cret]"))
        .hasMessageContainingAll("replicas is no list", "url is missing", "tables is missing")
        .hasMessageNotContaining("s3cret");
  }

  @Test
  void everyStartModeHasAText() {
    for (String text : List.of("dump", "stream", "slot", "dump-only", "16/B374D848")) {
      assertThat(StartMode.parse(text).text()).isEqualTo(text);
    }
    assertThatThrownBy(() -> StartMode.parse("now"))
        .hasMessage("give dump, stream, slot, dump-only or an LSN");
  }

  @Test
  void thePrimaryAloneCanBeRead() {
    Configuration options = new Configuration();
    options.set(CaptureOptions.URL, "jdbc:postgresql://primary/shop");
    options.set(CaptureOptions.USER, "me");
    assertThat(CaptureSettings.primary(options).user()).isEqualTo("me");
    assertThatThrownBy(() -> CaptureSettings.primary(new Configuration()))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("url is missing");
  }

  private static CaptureConfig read(String... keysAndValues) {
    Map<String, String> values = new TreeMap<>();
    for (int i = 0; i < keysAndValues.length; i += 2) {
      values.put(keysAndValues[i], keysAndValues[i + 1]);
    }
    return PostgresCapture.builder().setAll(Settings.of(values)).build().config();
  }

  @Test
  void requestedDumpsNeedAPlaceToReadFromOneLaneAndAStreamThatGoesOn() {
    DumpRequests requests = (listener, held) -> null;
    assertThatThrownBy(
            () ->
                PostgresCapture.builder()
                    .url("jdbc:postgresql://primary/shop")
                    .tables("*")
                    .startMode(StartMode.dumpOnly())
                    .dumpRequests(requests)
                    .build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(
            "dumps are to be requested, but there is nowhere to read them",
            "dumps are to be requested from a capture that ends");
    assertThat(
            PostgresCapture.builder()
                .url("jdbc:postgresql://primary/shop")
                .tables("*")
                .dumpFromPrimary()
                .dumpRequests(requests)
                .build()
                .config()
                .dumpRequests())
        .isSameAs(requests);
  }

  @Test
  void lanesAreBoundedAndNeedAPlaceToRepairFrom() {
    assertThatThrownBy(() -> streamOnly().lanes(1 << 20).build())
        .hasMessageContaining("lanes is '1048576': give at most");
    assertThatThrownBy(() -> streamOnly().lanes(2).build())
        .hasMessageContaining("no place to repair rows from");
    assertThatCode(() -> streamOnly().lanes(2).dumpFromPrimary().build())
        .doesNotThrowAnyException();
  }

  private static PostgresCapture.Builder streamOnly() {
    return PostgresCapture.builder()
        .url("jdbc:postgresql://primary/shop")
        .user("tidemark")
        .tables("public.*")
        .slot("tidemark")
        .publication("tidemark")
        .startMode(StartMode.streamOnly());
  }
}
