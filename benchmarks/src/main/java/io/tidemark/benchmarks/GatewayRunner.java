package io.tidemark.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import io.tidemark.gateway.server.GatewayOptions;
import io.tidemark.gateway.server.GatewayServer;
import io.tidemark.testkit.Directories;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * The main class of a gateway's process: says its port on standard output, then, for each line on
 * standard input, the nanoseconds of processor time that it has used.
 */
final class GatewayRunner {
  static final String URI = "benchmark";
  static final String PORT = "port ";
  static final String CPU = "cpu ";

  private GatewayRunner() {}

  public static void main(String[] arguments) throws Exception {
    Path state = Files.createTempDirectory("tidemark-benchmark-gateway-");
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    try (GatewayServer server =
            GatewayServer.start(
                GatewayOptions.plain(any, any, state, uri -> Optional.of(Map.of())));
        BufferedReader in =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      System.out.println(PORT + server.gatewayAddress().getPort());
      while (in.readLine() != null) {
        System.out.println(CPU + system.getProcessCpuTime());
      }
    } finally {
      Directories.delete(state);
    }
    System.exit(0); // whatever threads are left
  }
}
