package io.tidemark.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
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
                        "execution.checkpointing.interval", "1 s")));
    assertThatThrownBy(capture::build)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(
            "the primary's URL",
            "Not A Slot",
            "publication's name is empty",
            "not a table: 'public.'",
            "lanes: 'two' is not a whole number",
            "dump.chunk-size: 'many' is not a size such as 8 mb",
            "dump.connections: 0; give more than 0",
            "mark-interval: PT0S; give more than 0",
            "merge.max-touch-size: 0 bytes; give more than 0",
            "no option is called dump.chunksize; there are lanes, ",
            "there is nowhere to read them")
        .message()
        .doesNotContain("execution");
  }

  @Test
  void requestedDumpsNeedAPlaceToReadFromOneLaneAndAStreamThatGoesOn() {
    DumpRequests requests = (listener, held) -> null;
    assertThatThrownBy(
            () ->
                PostgresCapture.builder()
                    .url("jdbc:postgresql://primary/shop")
                    .tables("*")
                    .lanes(2)
                    .startMode(StartMode.dumpOnly())
                    .dumpRequests(requests)
                    .build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(
            "dumps are to be requested, but there is nowhere to read them",
            "dumps are to be requested from a capture that ends",
            "lanes: 2, but dumps are to be requested");
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
        .hasMessageContaining("lanes: 1048576; give at most");
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
