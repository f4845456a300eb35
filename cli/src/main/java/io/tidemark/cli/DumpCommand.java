package io.tidemark.cli;

import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.tidemark.gateway.link.GatewayEndpoint;
import io.tidemark.gateway.settings.GatewayPorts;
import io.tidemark.gateway.transport.TlsProblem;
import io.tidemark.gateway.wire.DumpedTable;
import io.tidemark.gateway.wire.DumpsGrpc;
import io.tidemark.gateway.wire.DumpsGrpc.DumpsBlockingStub;
import io.tidemark.gateway.wire.DumpsRequest;
import io.tidemark.gateway.wire.DumpsScheduleRequest;
import io.tidemark.gateway.wire.DumpsStatus;
import io.tidemark.jobs.Failure;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Dumps on demand, through a gateway's controller. */
@Command(
    name = "dump",
    description = "Has tables of a URI dumped once more, while its stream goes on.")
final class DumpCommand implements Runnable {
  private static final Duration REFRESH = Duration.ofMillis(500);
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final int BAR = 30;

  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "schedule, status, pause, resume or stop?");
  }

  /** What all have. */
  static final class Target {
    @Mixin private GatewayConnection connection;

    @Option(
        names = "--controller",
        defaultValue = "localhost:" + GatewayPorts.CONTROLLER,
        paramLabel = "HOST[:PORT]",
        description = "The gateway's port of dumps; default ${DEFAULT-VALUE}.")
    private String controller;

    @Option(
        names = "--wait",
        description = "Show the progress until all is done; status 1 if some of it was dropped.")
    private boolean wait;

    /** What was shown last. */
    private List<String> shown = List.of();

    private interface Call {
      DumpsStatus on(DumpsBlockingStub stub, String uri);
    }

    private int call(Call call) throws IOException, InterruptedException {
      GatewayEndpoint endpoint =
          connection.endpoint("--controller", controller, GatewayPorts.CONTROLLER);
      ManagedChannel channel = endpoint.connect();
      try {
        DumpsBlockingStub stub = DumpsGrpc.newBlockingStub(channel);
        if (endpoint.credentials() != null) {
          stub = stub.withCallCredentials(endpoint.credentials());
        }
        DumpsStatus status =
            call.on(
                stub.withDeadlineAfter(PATIENCE.toSeconds(), TimeUnit.SECONDS), connection.uri());
        show(status, System.out);
        if (wait) {
          await(status, stub);
        }
        return 0;
      } catch (StatusRuntimeException e) {
        throw failure(endpoint, e);
      } finally {
        channel.shutdownNow();
      }
    }

    private static Failure failure(GatewayEndpoint endpoint, StatusRuntimeException e) {
      String place = "the gateway at " + endpoint;
      return TlsProblem.of(e.getStatus()).isPresent()
          ? new Failure(place + ": " + TlsProblem.describe(e.getStatus()))
          : new Failure(place, e);
    }

    private void await(DumpsStatus first, DumpsBlockingStub stub)
        throws InterruptedException, ReaderGoneException {
      AwaitedDumps awaited = new AwaitedDumps(first);
      while (!awaited.areOver()) {
        Thread.sleep(REFRESH.toMillis());
        DumpsStatus status = request(stub, connection.uri());
        show(status, System.out);
        awaited.see(status);
      }
      Optional<String> problem = awaited.problem();
      if (problem.isPresent()) {
        throw new Failure(problem.get());
      }
    }

    private static DumpsStatus request(DumpsBlockingStub stub, String uri) {
      return stub.withDeadlineAfter(PATIENCE.toSeconds(), TimeUnit.SECONDS)
          .status(DumpsRequest.newBuilder().setUri(uri).build());
    }

    /** Shows a status, unless it says what the last one said. */
    private void show(DumpsStatus status, PrintStream out) throws ReaderGoneException {
      List<String> lines = lines(status, Instant.now());
      if (!lines.equals(shown)) {
        lines.forEach(out::println);
        shown = lines;
      }
      if (out.checkError()) {
        throw new ReaderGoneException();
      }
    }
  }

  /** A status, and beside it what went wrong. */
  static List<String> lines(DumpsStatus status, Instant now) {
    List<String> lines = new ArrayList<>(List.of(line(status, now)));
    if (!status.getLastProblem().isEmpty()) {
      lines.add("  last problem: " + status.getLastProblem());
    }
    if (!status.getJobProblem().isEmpty()) {
      lines.add("  the job failed: " + status.getJobProblem());
    }
    return lines;
  }

  /** A bar of what is done, and when the rest may be. */
  static String line(DumpsStatus status, Instant now) {
    long all = AwaitedDumps.ranges(status);
    if (all == 0) {
      return "nothing is scheduled" + (status.getLastProblem().isEmpty() ? "" : " any more");
    }
    int filled = (int) (BAR * status.getProgress());
    String bar = "#".repeat(filled) + ".".repeat(BAR - filled);
    return String.format(
        Locale.ROOT,
        "[%s] %d of %d ranges done, %d being read%s, %d waiting%s%s",
        bar,
        status.getDone(),
        all,
        status.getRunning(),
        status.getParts() == 0
            ? ""
            : " (%d of %d parts)".formatted(status.getPartsRead(), status.getParts()),
        status.getWaiting(),
        status.getPaused() ? "; paused" : eta(status, now),
        status.getJobConnected() ? "" : "; no job is connected to read them");
  }

  private static String eta(DumpsStatus status, Instant now) {
    double progress = status.getProgress();
    if (progress <= 0 || progress >= 1) {
      return "";
    }
    Instant since = Instant.ofEpochMilli(TimeUnit.MICROSECONDS.toMillis(status.getSince()));
    double passed = Duration.between(since, now).toMillis() / 1e3;
    return String.format(Locale.ROOT, "; about %.0f s left", passed * (1 - progress) / progress);
  }

  private static DumpsRequest of(String uri) {
    return DumpsRequest.newBuilder().setUri(uri).build();
  }

  @Command(
      name = "schedule",
      description = "Has tables, pages or rows of them, dumped.",
      mixinStandardHelpOptions = true)
  int schedule(
      @Mixin Target target,
      @Option(
              names = "--table",
              paramLabel = "SCHEMA.TABLE[:FIRST-LAST]",
              description =
                  "A table, or its heap pages from FIRST to LAST; without a dot it is of public;"
                      + " repeatable.")
          List<String> tables,
      @Option(
              names = "--key",
              paramLabel = "SCHEMA.TABLE=VALUE[,VALUE...]",
              description =
                  "A row by its key: a value for each column of the key, in their order in the table."
                      + " One with a comma or a quote is put in double quotes, those within doubled."
                      + " Repeatable; the keys of a table are dumped together.")
          List<String> keys)
      throws IOException, InterruptedException {
    List<DumpedTable> parsed = new ArrayList<>();
    try {
      if (tables != null) {
        tables.forEach(text -> parsed.add(table(text)));
      }
      if (keys != null) {
        parsed.addAll(KeyOption.tables(keys));
      }
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
    if (parsed.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(), "what is to be dumped? Name a --table, or rows by --key");
    }
    return target.call(
        (stub, uri) ->
            stub.schedule(
                DumpsScheduleRequest.newBuilder().setUri(uri).addAllTables(parsed).build()));
  }

  /** A table as the command line names it. */
  static DumpedTable table(String text) {
    int colon = text.lastIndexOf(':');
    DumpedTable.Builder table = named(colon < 0 ? text : text.substring(0, colon));
    if (colon >= 0) {
      String[] pages = text.substring(colon + 1).split("-", 2);
      try {
        table.setFirst(Integer.parseUnsignedInt(pages[0]));
        table.setLast(Integer.parseUnsignedInt(pages[pages.length - 1]));
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException(
            "--table '" + text + "': pages are FIRST-LAST, as in public.orders:0-127", e);
      }
    }
    return table.build();
  }

  /** All of a table; without a dot it is of public. */
  static DumpedTable.Builder named(String name) {
    int dot = name.indexOf('.');
    return DumpedTable.newBuilder()
        .setSchema(dot < 0 ? "public" : name.substring(0, dot))
        .setName(name.substring(dot + 1));
  }

  @Command(name = "status", description = "Shows how far it is.", mixinStandardHelpOptions = true)
  int status(@Mixin Target target) throws IOException, InterruptedException {
    return target.call((stub, uri) -> stub.status(of(uri)));
  }

  @Command(
      name = "pause",
      description = "Begins nothing more; what is being read goes on.",
      mixinStandardHelpOptions = true)
  int pause(@Mixin Target target) throws IOException, InterruptedException {
    return target.call((stub, uri) -> stub.pause(of(uri)));
  }

  @Command(name = "resume", description = "Goes on after a pause.", mixinStandardHelpOptions = true)
  int resume(@Mixin Target target) throws IOException, InterruptedException {
    return target.call((stub, uri) -> stub.resume(of(uri)));
  }

  @Command(name = "stop", description = "Drops what is not begun.", mixinStandardHelpOptions = true)
  int stop(@Mixin Target target) throws IOException, InterruptedException {
    return target.call((stub, uri) -> stub.stop(of(uri)));
  }
}
