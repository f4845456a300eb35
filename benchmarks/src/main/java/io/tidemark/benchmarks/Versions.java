package io.tidemark.benchmarks;

import io.tidemark.cli.Subcommand;
import java.util.Optional;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * What is measured.
 *
 * @param java this JVM's version, which is also that of those measured
 * @param postgres the server's; empty if none was there
 * @param flink Flink's
 * @param tidemark ours; empty if it does not come out of a jar
 */
record Versions(
    String java, Optional<String> postgres, Optional<String> flink, Optional<String> tidemark) {
  /** Those of this JVM. */
  static Versions here(Optional<String> postgres) {
    return new Versions(
        Runtime.version().toString(),
        postgres,
        ofJar(StreamExecutionEnvironment.class),
        ofJar(Subcommand.class));
  }

  private static Optional<String> ofJar(Class<?> type) {
    return Optional.ofNullable(type.getPackage().getImplementationVersion());
  }
}
