package io.tidemark.testkit.flink;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Asks a JobManager's REST interface. */
final class FlinkRest {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final Pattern WORKERS =
      Pattern.compile("\"taskmanagers\":(\\d+),\"slots-total\":(\\d+)");

  private final HttpClient http = HttpClient.newBuilder().connectTimeout(TIMEOUT).build();
  private final String url;

  FlinkRest(String url) {
    this.url = url;
  }

  /**
   * The body of a GET.
   *
   * @throws IOException when the JobManager is not there or answers with another status than 200
   */
  String get(String path) throws IOException {
    HttpRequest request = HttpRequest.newBuilder(URI.create(url + path)).timeout(TIMEOUT).build();
    try {
      HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
      if (response.statusCode() != 200) {
        throw new IOException(
            "%s answers %d: %s".formatted(request.uri(), response.statusCode(), response.body()));
      }
      return response.body();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while asking " + request.uri(), e);
    }
  }

  /** What is registered now; nothing while the JobManager does not answer. */
  Optional<Workers> workers() {
    try {
      Matcher matcher = WORKERS.matcher(get("/overview"));
      return matcher.find()
          ? Optional.of(
              new Workers(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2))))
          : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** TaskManagers are registered before their slots are. */
  record Workers(int taskManagers, int slots) {}
}
