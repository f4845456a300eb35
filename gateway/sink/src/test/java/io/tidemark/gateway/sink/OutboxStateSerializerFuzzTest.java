package io.tidemark.gateway.sink;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.tidemark.gateway.outbox.Outbox;
import io.tidemark.gateway.outbox.OutboxState;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Bytes are a state, which an outbox goes on with and which is written as it was, or corrupt. */
class OutboxStateSerializerFuzzTest {
  private static final Outbox.Options OPTIONS = new Outbox.Options(4, 1 << 20, 1L << 40, 1 << 20);

  static Stream<byte[]> seeds() {
    return Stream.of(new byte[16], OutboxStateSerializerTest.VERSION_1);
  }

  @MethodSource("seeds")
  @FuzzTest
  void bytesAreAStateOrCorrupt(byte[] input) throws IOException {
    OutboxStateSerializer serializer = new OutboxStateSerializer();
    OutboxState state;
    try {
      state = serializer.deserialize(1, input);
    } catch (IOException e) {
      return;
    }
    byte[] written = serializer.serialize(state);
    OutboxState again = serializer.deserialize(1, written);
    assertThat(again.tables()).isEqualTo(state.tables());
    assertThat(again.entries()).hasSameSizeAs(state.entries());
    assertThat(serializer.serialize(again)).isEqualTo(written);
    Outbox outbox = new Outbox(OPTIONS, state);
    assertThat(outbox.snapshot().entries()).hasSameSizeAs(state.entries());
    assertThat(outbox.snapshot().tables()).isEqualTo(state.tables());
  }
}
