package io.tidemark.cli;

import io.tidemark.cli.local.StopSignal;
import io.tidemark.gateway.client.ChangeConsumer;
import io.tidemark.gateway.client.ChangeConsumerBuilder;
import io.tidemark.gateway.client.ConsumerException;
import io.tidemark.gateway.settings.GatewayPorts;
import io.tidemark.jobs.Failure;
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
      paramLabel = "HOST[:PORT]",
      description = "The gateway; default ${DEFAULT-VALUE}.")
  private String gateway;

  @Option(
      names = "--table",
      defaultValue = "",
      paramLabel = "REGEX",
      description = {
        "Which tables, by an expression that is found in schema.table; all by default.",
        "DDL statements and logical messages come whatever it is."
      })
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
    connection.into(builder, "--gateway", gateway, GatewayPorts.GATEWAY);
    if (!tables.isEmpty()) {
      builder.tables(tables);
    }
    // What cannot be printed now can be printed no more.
    builder.maxAttempts(1);
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
      throw failure(e.getCause());
    }
    return 0;
  }

  /** What a consumer ends with says all that there is to say, but of what printing failed with. */
  private static Exception failure(Throwable end) {
    if (end.getCause() instanceof IOException output) {
      return output;
    }
    if (end instanceof ConsumerException) {
      Failure failure = new Failure(end.getMessage());
      failure.addSuppressed(end);
      return failure;
    }
    return new ExecutionException(end);
  }

  private static void print(String line) throws IOException {
    StandardOutput.get().line(line);
    // It is acknowledged from now on, whatever becomes of this process.
    StandardOutput.get().flush();
  }
}
