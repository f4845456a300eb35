package io.tidemark.jobs.gateway;

import io.tidemark.gateway.link.GatewayEndpoint;
import io.tidemark.gateway.sink.GatewayDumpRequests;
import io.tidemark.gateway.sink.GatewaySinkOptions;
import io.tidemark.source.CaptureOptions;
import io.tidemark.source.PostgresCapture;
import io.tidemark.source.settings.Settings;
import io.tidemark.source.settings.SettingsException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.flink.configuration.Configuration;

/**
 * A capture that is published to a gateway, as a file of settings describes it.
 *
 * @param capture with the gateway's dumps on demand
 * @param sink how it is published
 * @param checkpointInterval between checkpoints, unless Flink's own configuration says otherwise
 */
public record GatewayJobSettings(
    PostgresCapture capture, GatewaySinkOptions sink, Duration checkpointInterval) {
  /** Flink's. */
  private static final Duration SHORTEST_CHECKPOINT_INTERVAL = Duration.ofMillis(10);

  /** Where nothing is said: existing consumers would take each row of a dump for a change. */
  private static final String START = "stream";

  /** In place of a name that is missing, so that all that is wrong is told at once. */
  private static final String UNKNOWN = "?";

  /**
   * Reads settings: values of {@link GatewayJobOptions} and of {@link CaptureOptions}, by key.
   *
   * @param uri that consumers ask for; what a setting {@code uri} says, if null
   * @throws SettingsException listing everything that is wrong
   */
  public static GatewayJobSettings read(String uri, Map<String, String> values) {
    Settings settings = new Settings(Settings.of(values));
    settings.checkKeys(
        Stream.concat(CaptureOptions.all().stream(), GatewayJobOptions.all().stream()).toList());
    String name = uri(settings, uri);
    GatewayEndpoint gateway =
        gateway(settings).orElseGet(() -> GatewayEndpoint.plain("localhost", 1));
    Duration interval = interval(settings);
    checkLanes(settings);
    Optional<PostgresCapture> capture = capture(settings, new GatewayDumpRequests(gateway, name));
    GatewaySinkOptions sink =
        new GatewaySinkOptions(
            gateway,
            name,
            capture.map(GatewayJobSettings::job).orElse(UNKNOWN),
            settings.get(GatewayJobOptions.BUCKETS),
            settings.get(GatewayJobOptions.UNACKNOWLEDGED_SIZE).getBytes(),
            settings.get(GatewayJobOptions.MAX_MESSAGE_SIZE).getBytes());
    settings.check("the settings are wrong");
    return new GatewayJobSettings(capture.orElseThrow(), sink, interval);
  }

  private static String uri(Settings settings, String uri) {
    String name = settings.get(GatewayJobOptions.URI);
    if (uri == null) {
      if (name == null) {
        settings.missing(GatewayJobOptions.URI, "shop");
        return UNKNOWN;
      }
      return name;
    }
    if (name != null && !name.equals(uri)) {
      settings.problem("uri is '%s' in the settings of '%s'".formatted(name, uri));
    }
    return uri;
  }

  /** The slot and its database, which stay the same when the job is submitted again. */
  private static String job(PostgresCapture capture) {
    return capture.config().slot() + " of " + capture.config().primary();
  }

  private static Optional<PostgresCapture> capture(
      Settings settings, GatewayDumpRequests requests) {
    Configuration options = settings.only(CaptureOptions.all());
    if (!options.contains(CaptureOptions.START)) {
      options.set(CaptureOptions.START, START);
    }
    try {
      return Optional.of(PostgresCapture.builder().setAll(options).dumpRequests(requests).build());
    } catch (SettingsException e) {
      settings.problems(e);
      return Optional.empty();
    }
  }

  private static Duration interval(Settings settings) {
    Duration interval = settings.get(GatewayJobOptions.CHECKPOINT_INTERVAL);
    if (interval.compareTo(SHORTEST_CHECKPOINT_INTERVAL) < 0) {
      settings.problem(
          "%s is '%d ms': give at least %d ms"
              .formatted(
                  GatewayJobOptions.CHECKPOINT_INTERVAL.key(),
                  interval.toMillis(),
                  SHORTEST_CHECKPOINT_INTERVAL.toMillis()));
    }
    return interval;
  }

  /** One that is no number is told by who reads the capture's options. */
  private static void checkLanes(Settings settings) {
    int lanes =
        new Settings(settings.only(List.of(CaptureOptions.LANES))).get(CaptureOptions.LANES);
    if (lanes > 1) {
      settings.problem(
          ("%s is '%d', but consumers of a URI get one order, and transactions as a whole, which"
                  + " one lane alone keeps: use one lane")
              .formatted(CaptureOptions.LANES.key(), lanes));
    }
  }

  private static Optional<GatewayEndpoint> gateway(Settings settings) {
    try {
      return Optional.of(
          new GatewayEndpoint(
              settings.get(GatewayJobOptions.HOST),
              settings.get(GatewayJobOptions.PORT),
              settings.get(GatewayJobOptions.TLS),
              settings.get(GatewayJobOptions.AUTHORITY),
              settings.get(GatewayJobOptions.CERTIFICATE),
              settings.get(GatewayJobOptions.KEY),
              settings.password(GatewayJobOptions.TOKEN_ENV, GatewayJobOptions.TOKEN_FILE),
              settings.get(GatewayJobOptions.KEEP_ALIVE_TIMEOUT)));
    } catch (IllegalArgumentException e) {
      settings.problem(e.getMessage());
      return Optional.empty();
    }
  }
}
