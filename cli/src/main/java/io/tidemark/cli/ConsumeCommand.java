package io.tidemark.cli;

import io.tidemark.cli.local.StopSignal;
import io.tidemark.gateway.client.ChangeConsumer;
import io.tidemark.gateway.client.ChangeConsumerBuilder;
import io.tidemark.gateway.settings.GatewayPorts;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Prints what a gateway has for a URI. */
@Command(
    name = "consume",
    description = {
      "Prints a URI's changes, as a gateway serves them, until Ctrl-C.",
      "What is printed is acknowledged: others that consume the URI do not get it."
    })
final class ConsumeCommand implements Callable<Integer> {
  private static final Duration POLL = Duration.ofMillis(200);

  @Mixin private GatewayConnection connection;

  @Option(
      names = "--gateway",
      defaultValue = "localhost:" + GatewayPorts.GATEWAY,
      paramLabel = "HOST:PORT",
      description = "The gateway; default ${DEFAULT-VALUE}.")
  private String gateway;

  @Option(
      names = "--table",
      defaultValue = "",
      paramLabel = "REGEX",
      description = "Which tables, by an expression that is found in schema.table; all by default.")
  private String tables;

  @Option(
      names = "--json",
      description =
          "Print events as lines of JSON, instead of in short; without the bounds of transactions.")
  private boolean json;

  @Override
  public Integer call() throws Exception {
    ChangeConsumerBuilder builder = ChangeConsumer.builder();
    if (json) {
      builder
          .onBegin(begin -> {})
          .onCommit(commit -> {})
          .onAny(change -> print(change.toJson()))
          .onSkipped(skipped -> print(SkippedJson.line(skipped)));
    } else {
      builder
          .onAny(change -> print(change.toString()))
          .onSkipped(skipped -> print(skipped.toString()));
    }
    connection.into(builder, "--gateway", gateway);
    if (!tables.isEmpty()) {
      builder.tables(tables);
    }
    StopSignal stop = StopSignal.install();
    try (ChangeConsumer consumer = builder.build()) {
      CompletableFuture<Void> running = consumer.start();
      while (!running.isDone() && !stop.await(POLL)) {
        // on to the next look
      }
      if (running.isDone()) {
        running.get();
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException problem) {
        throw problem;
      }
      throw e;
    }
    return 0;
  }

  private static void print(String line) throws IOException {
    StandardOutput.get().line(line);
    // It is acknowledged from now on, whatever becomes of this process.
    StandardOutput.get().flush();
  }
}
