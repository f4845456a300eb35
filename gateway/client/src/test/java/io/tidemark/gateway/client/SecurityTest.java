package io.tidemark.gateway.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SecurityTest {
  private static final Security TOKEN = Security.NONE.withToken(() -> "secret");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "gateway:10001",
        "10.0.0.1:10001",
        "dns:///gateway:10001",
        "localhost.evil.org:1",
        "127.0.0.1.evil.org:1",
        "[::2]:1",
        "localhost:1,evil.org:1"
      })
  void aTokenDoesNotLeaveTheHostUnencrypted(String target) {
    assertThatThrownBy(() -> TOKEN.check(target))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("the token would go to " + target + " unencrypted: use tls()");
    assertThatCode(() -> TOKEN.withTls(null, null, null).check(target)).doesNotThrowAnyException();
    assertThatCode(() -> TOKEN.withTokenInPlaintext().check(target)).doesNotThrowAnyException();
    assertThatCode(() -> Security.NONE.check(target)).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"localhost:10001", "127.0.0.1:10001", "[::1]:10001", "dns:///localhost:10001"})
  void itMayWithinTheHost(String target) {
    assertThatCode(() -> TOKEN.check(target)).doesNotThrowAnyException();
  }

  @Test
  void theTokenIsNotTold() {
    assertThat(TOKEN).hasToString("Security[plaintext, token]");
  }

  @Test
  void filesThatCannotBeReadAreNamed() {
    assertThatThrownBy(() -> Security.NONE.withTls(Path.of("/none/ca.pem"), null, null).context())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("/none/ca.pem");
  }
}
