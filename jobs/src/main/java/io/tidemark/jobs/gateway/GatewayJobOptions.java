package io.tidemark.jobs.gateway;

import io.tidemark.gateway.link.GatewayEndpoint;
import io.tidemark.gateway.settings.GatewayPorts;
import io.tidemark.gateway.sink.GatewaySinkOptions;
import java.time.Duration;
import java.util.List;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.MemorySize;

/**
 * The options of a job that publishes to a gateway, beside those of its capture. What an option
 * means is said once, in its description; read it in {@code docs/gateway.md}, whose table is
 * written from the descriptions, or from {@link ConfigOption#description}.
 */
public final class GatewayJobOptions {
  private GatewayJobOptions() {}

  public static final ConfigOption<String> URI =
      ConfigOptions.key("uri")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "What consumers ask for. Must be given for a job that is submitted; with --embedded it"
                  + " is the file's name.");

  public static final ConfigOption<String> HOST =
      ConfigOptions.key("gateway.host")
          .stringType()
          .defaultValue("localhost")
          .withDescription("Where the job publishes; with --embedded to this process.");

  public static final ConfigOption<Integer> PORT =
      ConfigOptions.key("gateway.port")
          .intType()
          .defaultValue(GatewayPorts.GATEWAY)
          .withDescription("The port of consumers and jobs there.");

  public static final ConfigOption<Boolean> TLS =
      ConfigOptions.key("gateway.tls")
          .booleanType()
          .defaultValue(false)
          .withDescription("Whether the gateway speaks TLS.");

  public static final ConfigOption<String> AUTHORITY =
      ConfigOptions.key("gateway.authority")
          .stringType()
          .defaultValue("")
          .withDescription(
              "PEM file of the authority that signed the gateway's certificate; those that Java"
                  + " trusts by default.");

  public static final ConfigOption<String> CERTIFICATE =
      ConfigOptions.key("gateway.certificate")
          .stringType()
          .defaultValue("")
          .withDescription(
              "PEM file of the job's own certificate, where the gateway asks for one.");

  public static final ConfigOption<String> KEY =
      ConfigOptions.key("gateway.key")
          .stringType()
          .defaultValue("")
          .withDescription("PEM file of that certificate's key.");

  public static final ConfigOption<String> TOKEN_ENV =
      ConfigOptions.key("gateway.token-env")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "The environment variable with the token that permits to publish, on each machine that"
                  + " connects.");

  public static final ConfigOption<String> TOKEN_FILE =
      ConfigOptions.key("gateway.token-file")
          .stringType()
          .noDefaultValue()
          .withDescription("The file whose first line is that token; instead of a variable.");

  public static final ConfigOption<Duration> KEEP_ALIVE_TIMEOUT =
      ConfigOptions.key("gateway.keep-alive-timeout")
          .durationType()
          .defaultValue(GatewayEndpoint.DEFAULT_KEEP_ALIVE_TIMEOUT)
          .withDescription(
              "How long the gateway may take to answer a sign of life until the job takes the"
                  + " connection as lost.");

  public static final ConfigOption<MemorySize> MAX_MESSAGE_SIZE =
      ConfigOptions.key("gateway.max-message-size")
          .memoryType()
          .defaultValue(new MemorySize(GatewaySinkOptions.DEFAULT_MAX_MESSAGE_BYTES))
          .withDescription(
              "The largest message for those of pgcapture's clients that do not say what they take;"
                  + " the server's --max-message-bytes may be smaller.");

  public static final ConfigOption<MemorySize> UNACKNOWLEDGED_SIZE =
      ConfigOptions.key("gateway.unacknowledged-size")
          .memoryType()
          .defaultValue(new MemorySize(GatewaySinkOptions.DEFAULT_FULL_BYTES))
          .withDescription(
              "What the sink keeps for consumers before the source pauses; a checkpoint holds it.");

  public static final ConfigOption<Integer> BUCKETS =
      ConfigOptions.key("gateway.buckets")
          .intType()
          .defaultValue(GatewaySinkOptions.DEFAULT_BUCKETS)
          .withDescription("How many consumers can share the URI.");

  public static final ConfigOption<Duration> CHECKPOINT_INTERVAL =
      ConfigOptions.key("checkpoint-interval")
          .durationType()
          .defaultValue(Duration.ofSeconds(10))
          .withDescription(
              "Between checkpoints, at least 10 ms, unless Flink's configuration has an interval.");

  private static final List<ConfigOption<?>> ALL =
      List.of(
          URI,
          HOST,
          PORT,
          TLS,
          AUTHORITY,
          CERTIFICATE,
          KEY,
          TOKEN_ENV,
          TOKEN_FILE,
          KEEP_ALIVE_TIMEOUT,
          MAX_MESSAGE_SIZE,
          UNACKNOWLEDGED_SIZE,
          BUCKETS,
          CHECKPOINT_INTERVAL);

  /** All of them. */
  public static List<ConfigOption<?>> all() {
    return ALL;
  }
}
