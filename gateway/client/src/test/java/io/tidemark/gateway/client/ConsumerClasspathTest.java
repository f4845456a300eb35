package io.tidemark.gateway.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * A consumer is put into other people's programs: each library it brings is theirs to live with.
 */
class ConsumerClasspathTest {
  private static final Pattern ARTIFACT =
      Pattern.compile("^ +([^:\\s]+:[^:\\s]+):", Pattern.MULTILINE);

  /** Ours: the protocol and the vocabulary. */
  private static final List<String> OURS =
      List.of("io.tidemark:gateway-protocol", "io.tidemark:postgres");

  /** JSON, the expressions of tables, messages. */
  private static final List<String> LIBRARIES =
      List.of(
          "com.fasterxml.jackson.core:jackson-core",
          "com.google.re2j:re2j",
          "com.google.protobuf:protobuf-java");

  /** gRPC, and what it brings along. */
  private static final List<String> GRPC =
      List.of(
          "com.google.android:annotations",
          "com.google.api.grpc:proto-google-common-protos",
          "com.google.code.findbugs:jsr305",
          "com.google.code.gson:gson",
          "com.google.errorprone:error_prone_annotations",
          "com.google.guava:failureaccess",
          "com.google.guava:guava",
          "com.google.guava:listenablefuture",
          "com.google.j2objc:j2objc-annotations",
          "io.grpc:grpc-api",
          "io.grpc:grpc-context",
          "io.grpc:grpc-core",
          "io.grpc:grpc-netty-shaded",
          "io.grpc:grpc-protobuf",
          "io.grpc:grpc-protobuf-lite",
          "io.grpc:grpc-stub",
          "io.grpc:grpc-util",
          "io.perfmark:perfmark-api",
          "org.codehaus.mojo:animal-sniffer-annotations",
          "org.jspecify:jspecify");

  @Test
  void aConsumerBringsGrpcProtobufAndTheVocabularyAlone() throws Exception {
    String listed;
    try (InputStream in = getClass().getResourceAsStream("/runtime-classpath.txt")) {
      listed = new String(in.readAllBytes(), UTF_8);
    }
    List<String> artifacts =
        ARTIFACT.matcher(listed).results().map(match -> match.group(1)).toList();
    assertThat(artifacts)
        .containsExactlyInAnyOrderElementsOf(
            Stream.of(OURS, LIBRARIES, GRPC).flatMap(List::stream).toList());
  }
}
