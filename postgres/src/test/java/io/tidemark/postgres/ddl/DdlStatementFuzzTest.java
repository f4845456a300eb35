package io.tidemark.postgres.ddl;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.tidemark.postgres.change.Ddl;
import io.tidemark.postgres.change.Position;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** A message is a statement, which stands in a line of JSON, or is told to be malformed. */
class DdlStatementFuzzTest {
  private static final JsonFactory FACTORY = new JsonFactory();

  static Stream<byte[]> seeds() {
    return DdlMessages.all().stream().map(message -> message.getBytes(UTF_8));
  }

  @MethodSource("seeds")
  @FuzzTest
  void aMessageIsAStatementOrMalformed(byte[] input) throws IOException {
    DdlStatement statement;
    try {
      statement = DdlStatement.parse(new String(input, UTF_8));
    } catch (MalformedDdlException e) {
      return;
    }
    String line = new Ddl(new Position(16, 1), 0, 7, statement).toJson();
    assertThat(line).doesNotContain("\n", "\r");
    try (JsonParser parser = FACTORY.createParser(line)) {
      assertThat(parser.nextToken()).isEqualTo(JsonToken.START_OBJECT);
      parser.skipChildren();
      assertThat(parser.nextToken()).isNull();
    }
  }
}
