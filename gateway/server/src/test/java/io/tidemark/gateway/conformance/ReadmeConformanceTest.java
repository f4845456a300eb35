package io.tidemark.gateway.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.gateway.server.GatewayOptions;
import io.tidemark.gateway.server.GatewayServer;
import io.tidemark.testkit.ReadmeExample;
import java.lang.reflect.Method;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The README's consumer, compiled as it stands but for its address and where it prints to, and run.
 */
@Timeout(60)
class ReadmeConformanceTest {
  @TempDir private Path directory;

  @Test
  void theConsumerTakesAChange() throws Exception {
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    BlockingQueue<String> printed = new LinkedBlockingQueue<>();
    try (GatewayServer server =
            GatewayServer.start(
                GatewayOptions.plain(any, any, directory, uri -> Optional.of(Map.of())));
        TestJob job = new TestJob(server.gatewayAddress(), "shop", "job", 1)) {
      String code =
          ReadmeExample.code("consumer")
              .replace("localhost:10001", "localhost:" + server.gatewayAddress().getPort())
              .replace("System.out.println", "out.accept");
      Thread consumer = consumer(code, printed::add);
      job.insert("orders:7=seven");
      assertThat(printed.poll(30, TimeUnit.SECONDS))
          .contains("\"op\":\"insert\"")
          .contains("\"id\":7")
          .contains("\"name\":\"seven\"");
      consumer.interrupt();
      consumer.join();
    }
  }

  private Thread consumer(String code, Consumer<String> out) throws Exception {
    URLClassLoader loader =
        ReadmeExample.compile(
            """
            import io.tidemark.gateway.client.ChangeConsumer;
            import java.util.function.Consumer;

            public class Example {
              public static void run(Consumer<String> out) {
                %s
              }
            }
            """
                .formatted(code),
            directory);
    Method run = loader.loadClass("Example").getMethod("run", Consumer.class);
    Thread thread =
        new Thread(
            () -> {
              try (loader) {
                run.invoke(null, out);
              } catch (ReflectiveOperationException | java.io.IOException e) {
                // Interrupted, at the end of the test.
              }
            },
            "readme-consumer");
    thread.setDaemon(true);
    thread.start();
    return thread;
  }
}
