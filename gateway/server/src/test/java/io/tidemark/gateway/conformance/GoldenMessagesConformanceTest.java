package io.tidemark.gateway.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import com.google.protobuf.TextFormat;
import io.tidemark.gateway.schedule.DumpRange;
import io.tidemark.gateway.wire.pgcapture.AgentConfigRequest;
import io.tidemark.gateway.wire.pgcapture.AgentDumpRequest;
import io.tidemark.gateway.wire.pgcapture.CaptureMessage;
import io.tidemark.gateway.wire.pgcapture.CaptureRequest;
import io.tidemark.gateway.wire.pgcapture.Checkpoint;
import io.tidemark.gateway.wire.pgcapture.DumpInfoRequest;
import io.tidemark.gateway.wire.pgcapture.DumpInfoResponse;
import io.tidemark.gateway.wire.pgcapture.ScheduleRequest;
import io.tidemark.gateway.wire.pgcapture.SetScheduleCoolDownRequest;
import io.tidemark.gateway.wire.pgcapture.StopScheduleRequest;
import io.tidemark.postgres.TableName;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What pgcapture's own code encodes, byte for byte. */
class GoldenMessagesConformanceTest {
  private static final String DUMP_ID = "dump id";

  private static final Pattern LINE =
      Pattern.compile("(?<type>[^|]*) \\| (?<what>[^|]*) \\| (?<text>.*?) ?\\| (?<bytes>\\w*)");

  private static final Pattern SPAN =
      Pattern.compile("(?<schema>[^.]*)\\.(?<table>.*) pages (?<begin>\\d+)\\.\\.(?<end>\\d+)");

  private static final Map<String, Message> TYPES =
      Stream.of(
              Checkpoint.getDefaultInstance(),
              io.tidemark.gateway.wire.pgcapture.Message.getDefaultInstance(),
              CaptureRequest.getDefaultInstance(),
              CaptureMessage.getDefaultInstance(),
              DumpInfoRequest.getDefaultInstance(),
              DumpInfoResponse.getDefaultInstance(),
              ScheduleRequest.getDefaultInstance(),
              StopScheduleRequest.getDefaultInstance(),
              SetScheduleCoolDownRequest.getDefaultInstance(),
              AgentDumpRequest.getDefaultInstance(),
              AgentConfigRequest.getDefaultInstance())
          .collect(Collectors.toMap(m -> m.getDescriptorForType().getName(), Function.identity()));

  /**
   * A line of the file.
   *
   * @param bytes in hexadecimal; of a dump id the number
   */
  record Golden(String type, String what, String text, String bytes) {
    static Golden of(String line) {
      Matcher parts = LINE.matcher(line);
      assertThat(parts.matches()).as(line).isTrue();
      return new Golden(
          parts.group("type"), parts.group("what"), parts.group("text"), parts.group("bytes"));
    }

    @Override
    public String toString() {
      return type + ", " + what;
    }
  }

  private static List<Golden> lines() throws IOException {
    try (InputStream file =
        GoldenMessagesConformanceTest.class.getResourceAsStream("/golden/pgcapture-messages.txt")) {
      return new String(file.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .map(Golden::of)
          .toList();
    }
  }

  static List<Golden> messages() throws IOException {
    return lines().stream().filter(golden -> !golden.type().equals(DUMP_ID)).toList();
  }

  /** The message of pgcapture's stream that is for this case. */
  static io.tidemark.gateway.wire.pgcapture.Message message(String what) throws Exception {
    String bytes =
        messages().stream()
            .filter(golden -> golden.type().equals("Message") && golden.what().equals(what))
            .map(Golden::bytes)
            .findAny()
            .orElseThrow();
    return io.tidemark.gateway.wire.pgcapture.Message.parseFrom(HexFormat.of().parseHex(bytes));
  }

  static List<Golden> dumpIds() throws IOException {
    return lines().stream().filter(golden -> golden.type().equals(DUMP_ID)).toList();
  }

  @ParameterizedTest
  @MethodSource("messages")
  void aMessageDecodesToItsTextAndEncodesToItsBytes(Golden golden) throws Exception {
    Message type = TYPES.get(golden.type());
    byte[] bytes = HexFormat.of().parseHex(golden.bytes());
    Message decoded = type.getParserForType().parseFrom(bytes);
    Message.Builder written = type.newBuilderForType();
    TextFormat.merge(golden.text(), written);
    assertThat(decoded).isEqualTo(written.build());
    assertThat(decoded.toByteArray()).isEqualTo(bytes);
    assertThat(written.build().toByteArray()).isEqualTo(bytes);
  }

  @ParameterizedTest
  @MethodSource("dumpIds")
  void aRangeHasItsDumpId(Golden golden) {
    Matcher parts = SPAN.matcher(golden.what());
    assertThat(parts.matches()).isTrue();
    DumpRange range =
        DumpRange.ofPages(
            new TableName(parts.group("schema"), parts.group("table")),
            Long.parseLong(parts.group("begin")),
            Long.parseLong(parts.group("end")));
    assertThat(Integer.toUnsignedString(range.dumpId())).isEqualTo(golden.bytes());
  }

  @Test
  void allThatTheFileHasIsCompared() throws IOException {
    Set<String> found = messages().stream().map(Golden::type).collect(Collectors.toSet());
    assertThat(found).isEqualTo(TYPES.keySet());
    assertThat(dumpIds()).isNotEmpty();
  }
}
