package io.tidemark.gateway.pgcapture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import org.junit.jupiter.api.Test;

class CaptureParametersTest {
  private static CaptureParameters of(String name, Value.Builder value) {
    return CaptureParameters.of(Struct.newBuilder().putFields(name, value.build()).build());
  }

  @Test
  void whatIsAbsentOrNullIsNotAskedFor() {
    CaptureParameters none = new CaptureParameters("", 0);
    assertThat(CaptureParameters.of(Struct.getDefaultInstance())).isEqualTo(none);
    assertThat(of("TableRegex", Value.newBuilder().setNullValueValue(0))).isEqualTo(none);
    assertThat(of("TableRegex", Value.newBuilder().setStringValue(""))).isEqualTo(none);
    assertThat(of("MaxMessageBytes", Value.newBuilder().setNullValueValue(0))).isEqualTo(none);
    assertThat(of("Other", Value.newBuilder().setBoolValue(true))).isEqualTo(none);
  }

  @Test
  void whatIsThereIsTaken() {
    assertThat(of("TableRegex", Value.newBuilder().setStringValue("^o")).tableRegex())
        .isEqualTo("^o");
    assertThat(of("MaxMessageBytes", Value.newBuilder().setNumberValue(1 << 20)).maxMessageBytes())
        .isEqualTo(1 << 20);
  }

  @Test
  void whatCannotBeIsRefused() {
    assertThatThrownBy(() -> of("TableRegex", Value.newBuilder().setNumberValue(1)))
        .hasMessageContaining("TableRegex must be a string, and is a NUMBER_VALUE");
    assertThatThrownBy(() -> of("TableRegex", Value.newBuilder().setStringValue("(")))
        .hasMessageContaining("TableRegex: not a regular expression");
    assertThatThrownBy(() -> of("MaxMessageBytes", Value.newBuilder().setNumberValue(0)))
        .hasMessageContaining("MaxMessageBytes must be a number of bytes, from 1");
    assertThatThrownBy(() -> of("MaxMessageBytes", Value.newBuilder().setStringValue("1")))
        .hasMessageContaining("MaxMessageBytes must be");
  }
}
