package io.tidemark.postgres.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.Map;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EndpointTest {
  private static final String SECRET = "TOPSECRET";

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jdbc:postgresql://host:port/db?user=u&password=" + SECRET,
        "jdbc:postgresql://host:99999/db?password=" + SECRET,
        "jdbc:postgresql://host/db?password=" + SECRET + "%zz",
        "jdbc:postgresql://u:" + SECRET + "@host/db",
        "jdbc:postgresql://host?password=" + SECRET,
        "postgresql://host/db?password=" + SECRET,
        "jdbc:postgresql:%zz?password=" + SECRET,
      })
  void aMalformedUrlIsRefusedWithoutItsSecrets(String url) {
    StringBuilder logged = new StringBuilder();
    Handler handler =
        new Handler() {
          @Override
          public void publish(LogRecord message) {
            logged.append(message.getMessage());
            for (Object parameter :
                message.getParameters() == null ? new Object[0] : message.getParameters()) {
              logged.append(parameter);
            }
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    handler.setLevel(Level.ALL);
    Logger pgjdbc = Logger.getLogger("org.postgresql");
    pgjdbc.addHandler(handler);
    try {
      assertThatThrownBy(() -> endpoint(url))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("expected jdbc:postgresql://host:port/database")
          .message()
          .doesNotContain(SECRET);
    } finally {
      pgjdbc.removeHandler(handler);
    }
    assertThat(logged.toString()).doesNotContain(SECRET);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jdbc:postgresql://a:5432,b:5433/db?targetServerType=primary&password=" + SECRET,
        "jdbc:postgresql:db",
        "jdbc:postgresql://[::1]/db",
        "jdbc:postgresql:///db?ssl=true",
        "jdbc:postgresql://host/d%20b",
      })
  void whatPgjdbcTakesIsTakenAndShownWithoutItsParameters(String url) {
    assertThat(endpoint(url).toString()).doesNotContain(SECRET).startsWith("jdbc:postgresql:");
  }

  @Test
  void aSilentServerIsNotWaitedForForEverUnlessSomeoneWantsThat() throws IOException {
    Endpoint plain = new Endpoint("jdbc:postgresql:db", "u", Password.of(SECRET), Map.of());
    assertThat(plain.properties(Map.of())).containsEntry("socketTimeout", "120");
    Map<String, String> patient = Map.of("socketTimeout", "0");
    assertThat(plain.properties(patient)).containsEntry("socketTimeout", "0");
    Endpoint ours = new Endpoint("jdbc:postgresql:db", "u", Password.of(SECRET), patient);
    assertThat(ours.properties(Map.of())).containsEntry("socketTimeout", "0");
  }

  @Test
  void aPasswordIsNotShown() {
    assertThat(new Endpoint("jdbc:postgresql:db", "u", Password.of(SECRET), Map.of()).toString())
        .doesNotContain(SECRET);
  }

  private static Endpoint endpoint(String url) {
    return new Endpoint(url, "u", Password.of("p"), Map.of());
  }
}
