package io.tidemark.cli;

import io.tidemark.cli.local.StateDirectory;
import io.tidemark.cli.local.StopSignal;
import io.tidemark.gateway.resolver.FileSourceResolver;
import io.tidemark.gateway.resolver.SourceResolver;
import io.tidemark.gateway.server.Access;
import io.tidemark.gateway.server.ConnectionLog;
import io.tidemark.gateway.server.GatewayOptions;
import io.tidemark.gateway.server.GatewayServer;
import io.tidemark.gateway.server.ListenOptions;
import io.tidemark.gateway.server.TlsOptions;
import io.tidemark.gateway.settings.GatewayPorts;
import io.tidemark.jobs.Failure;
import io.tidemark.jobs.Problem;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Runs a gateway until it is told to stop. */
@Command(
    name = "gateway",
    description = {
      "Serves captured databases over gRPC, to pgcapture's clients and to ours.",
      "Each file NAME.properties in the sources' directory makes a URI; capture jobs publish them"
          + " (see docs/gateway.md), or with --embedded this process runs the jobs itself."
    })
final class GatewayCommand implements Callable<Integer> {
  /** The schedules' database says so of one that another process has open. */
  private static final int IN_USE = 90020;

  private static final Duration POLL = Duration.ofSeconds(1);

  @Spec private CommandSpec spec;

  @Option(
      names = "--sources",
      paramLabel = "DIR",
      description = "The directory of sources; not needed if a SourceResolver is on the classpath.")
  private Path sources;

  @Option(
      names = "--state",
      required = true,
      paramLabel = "DIR",
      description = "Where to keep schedules of dumps, and with --embedded the jobs' checkpoints.")
  private Path state;

  @Option(
      names = "--host",
      defaultValue = "localhost",
      paramLabel = "HOST",
      description = "The address to listen on; default ${DEFAULT-VALUE}.")
  private String host;

  @Option(
      names = "--port",
      defaultValue = "" + GatewayPorts.GATEWAY,
      paramLabel = "PORT",
      description = "The port of consumers and jobs; default ${DEFAULT-VALUE}.")
  private int port;

  @Option(
      names = "--controller-port",
      defaultValue = "" + GatewayPorts.CONTROLLER,
      paramLabel = "PORT",
      description = "The port of dumps on demand; default ${DEFAULT-VALUE}.")
  private int controllerPort;

  @Option(
      names = "--metrics-port",
      paramLabel = "PORT",
      description = "A port for Prometheus, at /metrics; none by default.")
  private Integer metricsPort;

  @ArgGroup(exclusive = false)
  private Tls tls;

  static final class Tls {
    @Option(
        names = "--tls-certificate",
        required = true,
        paramLabel = "FILE",
        description = "The server's certificates, a PEM file: its own first.")
    private Path certificate;

    @Option(
        names = "--tls-key",
        required = true,
        paramLabel = "FILE",
        description = "The key of the first, a PEM file in PKCS#8.")
    private Path key;

    @Option(
        names = "--tls-client-authority",
        paramLabel = "FILE",
        description = "Clients must show a certificate of this authority.")
    private Path authority;
  }

  @Option(
      names = "--tokens",
      paramLabel = "FILE",
      description = {
        "Who may do what, a line for each token: TOKEN consume|publish URI[,URI...]",
        "URI * stands for all; who may publish may also consume. Without it all may do all."
      })
  private Path tokens;

  @Option(
      names = "--insecure",
      description = "Listen on more than this host without TLS, or without tokens.")
  private boolean insecure;

  @Option(
      names = "--max-consumers",
      defaultValue = "1000",
      paramLabel = "N",
      description = "How many consumers there may be at a time; default ${DEFAULT-VALUE}.")
  private int maxConsumers;

  @Option(
      names = "--max-connections",
      defaultValue = "2000",
      paramLabel = "N",
      description = "How many connections each port may have; default ${DEFAULT-VALUE}.")
  private int maxConnections;

  @Option(
      names = "--max-calls-per-second",
      defaultValue = "100",
      paramLabel = "N",
      description =
          "How many calls a connection may begin in a second; default ${DEFAULT-VALUE}. A stream is"
              + " one call.")
  private int maxCalls;

  @Option(
      names = "--max-message-bytes",
      defaultValue = "67108864",
      paramLabel = "BYTES",
      description =
          "The largest message for a client that does not say what it takes; default"
              + " ${DEFAULT-VALUE}. A source may set a smaller one, gateway.max-message-size.")
  private long maxMessageBytes;

  @Option(
      names = "--oversized",
      defaultValue = "error",
      paramLabel = "error|skip",
      description =
          "Whether a larger message ends the client's stream or is skipped; default"
              + " ${DEFAULT-VALUE}.")
  private Oversized oversized;

  enum Oversized {
    error,
    skip
  }

  @Option(names = "--embedded", description = "Run the capture jobs in this process.")
  private boolean embedded;

  @Override
  public Integer call() throws Exception {
    GatewayOptions options = options();
    try {
      Files.createDirectories(state);
    } catch (IOException e) {
      throw new Failure(
          "cannot keep state in %s: %s; %s"
              .formatted(state, Problem.describe(e), StateDirectory.REMEDY),
          e);
    }
    ConnectionLog.install();
    StopSignal stop = StopSignal.install();
    try (GatewayServer server = start(options);
        EmbeddedJobs jobs =
            embedded
                ? EmbeddedJobs.start(sources, state, ownAddress(server), server::jobFailed)
                : EmbeddedJobs.none()) {
      System.out.printf(
          "serving consumers on %s, dumps on demand on %s%n",
          server.gatewayAddress(), server.controllerAddress());
      server
          .metricsAddress()
          .ifPresent(address -> System.out.printf("metrics on http:/%s/metrics%n", address));
      System.out.flush();
      while (!stop.await(POLL)) {
        jobs.check();
      }
    }
    return 0;
  }

  /** Where this process reaches itself, by the name that its certificate may have. */
  private InetSocketAddress ownAddress(GatewayServer server) {
    boolean all = server.gatewayAddress().getAddress().isAnyLocalAddress();
    return InetSocketAddress.createUnresolved(
        all ? "localhost" : host, server.gatewayAddress().getPort());
  }

  private static GatewayServer start(GatewayOptions options) throws IOException {
    try {
      return GatewayServer.start(options);
    } catch (SQLException e) {
      String place = "cannot open the schedules in " + options.directory() + ": ";
      Failure failure =
          new Failure(
              place
                  + (e.getErrorCode() == IN_USE
                      ? "another gateway uses them; stop it, or name another --state"
                      : Problem.reason(e) + "; " + StateDirectory.REMEDY));
      failure.addSuppressed(e); // what the embedded database says beside it helps nobody
      throw failure;
    } catch (BindException e) {
      throw new Failure(
          e.getMessage()
              + "; stop what listens there, or give another --port, --controller-port or"
              + " --metrics-port",
          e);
    }
  }

  private GatewayOptions options() throws IOException {
    List<String> problems = new ArrayList<>();
    if (embedded && sources == null) {
      problems.add("--embedded needs --sources");
    }
    boolean local =
        new InetSocketAddress(host, 0).getAddress() != null
            && new InetSocketAddress(host, 0).getAddress().isLoopbackAddress();
    if (!local && !insecure && (tls == null || tokens == null)) {
      problems.add(
          "--host %s is reached from other machines: give --tls-certificate, --tls-key and --tokens, or --insecure"
              .formatted(host));
    }
    if (maxConsumers < 1 || maxConnections < 1 || maxCalls < 1 || maxMessageBytes < 1) {
      problems.add(
          "--max-consumers, --max-connections, --max-calls-per-second and --max-message-bytes"
              + " must be at least 1");
    }
    checkPort("--port", port, problems);
    checkPort("--controller-port", controllerPort, problems);
    checkPort("--metrics-port", metricsPort == null ? 0 : metricsPort, problems);
    if (tls != null) {
      for (Path file : Arrays.asList(tls.certificate, tls.key, tls.authority)) {
        if (file != null && !Files.isReadable(file)) {
          problems.add("cannot read the file " + file + " that is given for TLS");
        }
      }
    }
    Access access = unless(problems, this::access);
    SourceResolver resolver = unless(problems, this::resolver);
    if (!problems.isEmpty()) {
      throw new ParameterException(spec.commandLine(), String.join("; ", problems));
    }
    Optional<TlsOptions> secure =
        Optional.ofNullable(tls)
            .map(
                each ->
                    new TlsOptions(
                        each.certificate, each.key, Optional.ofNullable(each.authority)));
    ListenOptions.Limits limits =
        new ListenOptions.Limits(
            maxConnections, maxCalls, ListenOptions.Limits.DEFAULT.messageBytes());
    return new GatewayOptions(
        new ListenOptions(new InetSocketAddress(host, port), secure, access, limits),
        new ListenOptions(new InetSocketAddress(host, controllerPort), secure, access, limits),
        Optional.ofNullable(metricsPort).map(number -> new InetSocketAddress(host, number)),
        state,
        resolver,
        GatewayOptions.DEFAULT_WAITS,
        new GatewayOptions.Limits(maxConsumers, maxMessageBytes, oversized == Oversized.skip));
  }

  private static void checkPort(String option, int number, List<String> problems) {
    if (number < 0 || number > 65_535) {
      problems.add(option + " " + number + ": ports are from 0, for any, to 65535");
    }
  }

  private interface Part<T> {
    T make();
  }

  /** Null if it cannot be, with the reason among the problems. */
  private static <T> T unless(List<String> problems, Part<T> part) {
    try {
      return part.make();
    } catch (Failure | IllegalArgumentException e) {
      problems.add(e.getMessage());
      return null;
    }
  }

  private Access access() {
    return tokens == null ? Access.open() : Access.tokens(TokenFile.read(tokens));
  }

  private SourceResolver resolver() {
    if (sources != null) {
      try {
        return new FileSourceResolver(sources);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException("--sources: " + e.getMessage(), e);
      }
    }
    return ServiceLoader.load(SourceResolver.class)
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "--sources is missing, and no SourceResolver is on the classpath"));
  }
}
