package io.tidemark.benchmarks;

import io.tidemark.gateway.server.GatewayOptions;
import io.tidemark.gateway.server.GatewayServer;
import io.tidemark.gateway.server.ListenOptions;
import io.tidemark.testkit.Directories;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * The main class of a gateway's process: says its ports on standard output (those of consumers, of
 * metrics and of the controller), then answers {@link RunnerProcess#CPU}.
 */
final class GatewayRunner {
  static final String URI = "benchmark";
  static final String PORTS = "ports ";

  private GatewayRunner() {}

  public static void main(String[] arguments) throws Exception {
    Path state = Files.createTempDirectory("tidemark-benchmark-gateway-");
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    try (GatewayServer server =
            GatewayServer.start(
                new GatewayOptions(
                    ListenOptions.plain(any),
                    ListenOptions.plain(any),
                    Optional.of(any),
                    state,
                    uri -> Optional.of(Map.of()),
                    GatewayOptions.DEFAULT_WAITS,
                    GatewayOptions.Limits.DEFAULT));
        BufferedReader in =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      System.out.println(
          PORTS
              + server.gatewayAddress().getPort()
              + " "
              + server.metricsAddress().orElseThrow().getPort()
              + " "
              + server.controllerAddress().getPort());
      while (in.readLine() != null) {
        System.out.println(RunnerProcess.cpuLine());
      }
    } finally {
      Directories.delete(state);
    }
    System.exit(0); // whatever threads are left
  }
}
