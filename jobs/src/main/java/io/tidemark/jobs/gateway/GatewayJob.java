package io.tidemark.jobs.gateway;

import io.tidemark.gateway.settings.SettingsFile;
import io.tidemark.gateway.sink.GatewaySink;
import io.tidemark.jobs.Failure;
import io.tidemark.source.settings.SettingsException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * The job that publishes a capture to a gateway, to be submitted like any of Flink's, with a file
 * of settings as its argument: {@code flink run -c io.tidemark.jobs.gateway.GatewayJob jobs.jar
 * shop.properties}.
 */
public final class GatewayJob {
  private GatewayJob() {}

  public static void main(String[] arguments) throws Exception {
    if (arguments.length != 1) {
      throw new Failure(
          "give one argument, the file of settings: docs/gateway.md and docs/configuration.md list them");
    }
    GatewayJobSettings settings = settings(Path.of(arguments[0]));
    StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment();
    build(environment, settings);
    environment.execute("tidemark gateway " + settings.sink().uri());
  }

  /** Adds the capture and its publication to a job. */
  public static void build(StreamExecutionEnvironment environment, GatewayJobSettings settings) {
    if (!environment.getCheckpointConfig().isCheckpointingEnabled()) {
      environment.enableCheckpointing(settings.checkpointInterval().toMillis());
    }
    GatewaySink.publish(settings.capture().from(environment), settings.sink());
  }

  private static GatewayJobSettings settings(Path file) {
    Map<String, String> values;
    try {
      values = SettingsFile.read(file);
    } catch (IOException | IllegalArgumentException e) {
      throw new Failure("cannot read settings from " + file, e);
    }
    try {
      return GatewayJobSettings.read(null, values);
    } catch (SettingsException e) {
      throw new Failure(file + ": " + e.getMessage(), e);
    }
  }
}
