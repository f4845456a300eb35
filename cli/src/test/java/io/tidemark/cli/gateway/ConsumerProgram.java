package io.tidemark.cli.gateway;

import io.tidemark.cli.gateway.Consuming.Protocol;
import io.tidemark.testkit.Await;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A consumer as a process of its own, which can be killed. */
final class ConsumerProgram {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private ConsumerProgram() {}

  /** Consumes until its input ends, which it does with whoever started it. */
  public static void main(String[] arguments) throws IOException {
    DeliveryRecord record = DeliveryRecord.open(Path.of(arguments[4]));
    Consuming consuming =
        Consuming.start(
            Protocol.valueOf(arguments[0]),
            arguments[1],
            arguments[2],
            arguments[3],
            record::append);
    while (System.in.read() >= 0) {
      consuming.check();
    }
    Runtime.getRuntime().halt(0);
  }

  /** As started by a test. */
  static final class Handle implements AutoCloseable {
    private final Process process;

    private Handle(Process process) {
      this.process = process;
    }

    boolean isAlive() {
      return process.isAlive();
    }

    /** kill -9, and waits until it is gone. */
    void kill() {
      process.destroyForcibly();
      Await.until("the consumer's end", TIMEOUT, () -> !process.isAlive());
    }

    @Override
    public void close() {
      process.destroyForcibly();
    }
  }

  static Handle start(
      Protocol protocol, String target, String uri, String name, DeliveryRecord record)
      throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                ConsumerProgram.class.getName()));
    command.addAll(List.of(protocol.name(), target, uri, name, record.file().toString()));
    Path log = record.file().resolveSibling(uri + "-" + name + ".log");
    return new Handle(
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start());
  }
}
