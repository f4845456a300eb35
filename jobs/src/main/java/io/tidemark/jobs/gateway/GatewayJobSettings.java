package io.tidemark.jobs.gateway;

import io.tidemark.gateway.link.GatewayEndpoint;
import io.tidemark.gateway.settings.GatewayPorts;
import io.tidemark.gateway.sink.GatewayDumpRequests;
import io.tidemark.gateway.sink.GatewaySinkOptions;
import io.tidemark.jobs.StartModes;
import io.tidemark.postgres.connection.Endpoint;
import io.tidemark.postgres.connection.Password;
import io.tidemark.source.PostgresCapture;
import io.tidemark.source.StartMode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.util.TimeUtils;

/**
 * A capture that is published to a gateway, as a file of settings describes it: {@code
 * docs/gateway.md} lists the keys.
 *
 * @param capture with the gateway's dumps on demand
 * @param sink how it is published
 * @param checkpointInterval between checkpoints, unless Flink's own configuration says otherwise
 */
public record GatewayJobSettings(
    PostgresCapture capture, GatewaySinkOptions sink, Duration checkpointInterval) {
  private static final Duration DEFAULT_CHECKPOINT_INTERVAL = Duration.ofSeconds(10);

  /** Flink's. */
  private static final Duration SHORTEST_CHECKPOINT_INTERVAL = Duration.ofMillis(10);

  /**
   * Reads settings.
   *
   * @param uri that consumers ask for; what a setting {@code uri} says, if null
   * @throws IllegalArgumentException listing everything that is wrong
   */
  public static GatewayJobSettings read(String uri, Map<String, String> values) {
    Settings settings = new Settings(values);
    String name = uri == null ? settings.required("uri", "shop") : settings.text("uri", uri);
    if (uri != null && !name.equals(uri)) {
      settings.problem("uri is '%s' in the settings of '%s'".formatted(name, uri));
    }
    GatewayEndpoint gateway = gateway(settings);
    PostgresCapture.Builder capture = capture(settings);
    String slot = settings.text("slot", "tidemark");
    String url = settings.required("url", "jdbc:postgresql://primary:5432/shop");
    int buckets =
        settings.parsed(
            "gateway.buckets", GatewaySinkOptions.DEFAULT_BUCKETS, GatewayJobSettings::count);
    long full =
        settings.parsed(
            "gateway.unacknowledged-size",
            GatewaySinkOptions.DEFAULT_FULL_BYTES,
            value -> MemorySize.parse(value).getBytes());
    Duration interval =
        settings.parsed(
            "checkpoint-interval", DEFAULT_CHECKPOINT_INTERVAL, GatewayJobSettings::interval);
    // With something in place of what is missing, so that all that is wrong is told at once.
    GatewayEndpoint target = gateway == null ? GatewayEndpoint.plain("localhost", 1) : gateway;
    String published = name.isEmpty() ? "?" : name;
    GatewaySinkOptions sink = null;
    PostgresCapture built = null;
    try {
      sink = new GatewaySinkOptions(target, published, slot + " of " + place(url), buckets, full);
    } catch (IllegalArgumentException e) {
      settings.problem(e.getMessage());
    }
    try {
      built = capture.dumpRequests(new GatewayDumpRequests(target, published)).build();
    } catch (IllegalArgumentException e) {
      settings.problem(e.getMessage());
    }
    settings.check();
    return new GatewayJobSettings(built, sink, interval);
  }

  /** A URL without what may be secret in it. */
  private static String place(String url) {
    int parameters = url.indexOf('?');
    return parameters < 0 ? url : url.substring(0, parameters);
  }

  private static Duration interval(String value) {
    Duration interval = TimeUtils.parseDuration(value);
    if (interval.compareTo(SHORTEST_CHECKPOINT_INTERVAL) < 0) {
      throw new IllegalArgumentException(
          "give at least " + SHORTEST_CHECKPOINT_INTERVAL.toMillis() + " ms");
    }
    return interval;
  }

  private static int count(String value) {
    try {
      return Integer.parseInt(value);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("give a whole number", e);
    }
  }

  private static PostgresCapture.Builder capture(Settings settings) {
    String user = settings.text("user");
    Password password = password(settings, "password");
    Map<String, String> properties = settings.group("property.");
    PostgresCapture.Builder capture =
        PostgresCapture.builder()
            .slot(settings.text("slot", "tidemark"))
            .publication(settings.text("publication", "tidemark"))
            .startMode(settings.parsed("start", StartMode.dumpThenStream(), StartModes::parse))
            .tables(settings.list("tables").toArray(String[]::new));
    String url = settings.text("url");
    if (!url.isEmpty()) {
      // Its value is not shown: there may be a password in it.
      try {
        capture.primary(new Endpoint(url, user, password, properties));
      } catch (IllegalArgumentException e) {
        settings.problem("url: " + e.getMessage());
      }
    }
    List<String> replicas = settings.list("replicas");
    for (String replica : replicas) {
      try {
        capture.replica(new Endpoint(replica, user, password, properties));
      } catch (IllegalArgumentException e) {
        settings.problem("replicas: " + e.getMessage());
      }
    }
    if (settings.flag("dump-from-primary")) {
      capture.dumpFromPrimary();
    }
    Map<String, String> options = new LinkedHashMap<>();
    for (String group : List.of("dump.", "merge.", "publication.")) {
      settings.group(group).forEach((key, value) -> options.put(group + key, value));
    }
    for (String key : List.of("mark-interval", "receive-timeout")) {
      if (!settings.text(key).isEmpty()) {
        options.put(key, settings.text(key));
      }
    }
    return capture.setAll(Configuration.fromMap(options));
  }

  private static Password password(Settings settings, String key) {
    String variable = settings.text(key + "-env");
    String file = settings.text(key + "-file");
    if (!variable.isEmpty() && !file.isEmpty()) {
      settings.problem("%s-env and %s-file are both given: give one".formatted(key, key));
    }
    return !variable.isEmpty()
        ? Password.fromEnvironment(variable)
        : !file.isEmpty() ? Password.fromFile(Path.of(file)) : Password.NONE;
  }

  private static GatewayEndpoint gateway(Settings settings) {
    String host = settings.text("gateway.host", "localhost");
    int port =
        settings.parsed("gateway.port", GatewayPorts.GATEWAY, GatewayJobSettings::count);
    boolean tls = settings.flag("gateway.tls");
    String authority = settings.text("gateway.authority");
    String certificate = settings.text("gateway.certificate");
    String key = settings.text("gateway.key");
    Password token = password(settings, "gateway.token");
    try {
      return new GatewayEndpoint(host, port, tls, authority, certificate, key, token);
    } catch (IllegalArgumentException e) {
      settings.problem(e.getMessage());
      return null;
    }
  }
}
