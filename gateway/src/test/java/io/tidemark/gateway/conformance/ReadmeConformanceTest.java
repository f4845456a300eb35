package io.tidemark.gateway.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.gateway.server.GatewayOptions;
import io.tidemark.gateway.server.GatewayServer;
import java.lang.reflect.Method;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The README's consumer, compiled as it stands but for its address and where it prints to, and run.
 */
@Timeout(60)
class ReadmeConformanceTest {
  private static final Pattern EXAMPLE =
      Pattern.compile("<!-- consumer[^>]*-->\\s*```java\\n(.*?)```", Pattern.DOTALL);

  @TempDir private Path directory;

  @Test
  void theConsumerTakesAChange() throws Exception {
    Matcher example = EXAMPLE.matcher(Files.readString(Path.of("..", "README.md")));
    assertThat(example.find()).as("the README has its consumer").isTrue();
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    BlockingQueue<String> printed = new LinkedBlockingQueue<>();
    try (GatewayServer server =
            GatewayServer.start(
                GatewayOptions.plain(any, any, directory, uri -> Optional.of(Map.of())));
        TestJob job = new TestJob(server.gatewayAddress(), "shop", "job", 1)) {
      String code =
          example
              .group(1)
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
    Path source = directory.resolve("Example.java");
    Files.writeString(
        source,
        """
        import io.tidemark.gateway.client.ChangeConsumer;
        import java.util.function.Consumer;

        public class Example {
          public static void run(Consumer<String> out) {
            %s
          }
        }
        """
            .formatted(code));
    int status =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                null,
                "-proc:none",
                "-cp",
                System.getProperty("java.class.path"),
                "-d",
                directory.toString(),
                source.toString());
    assertThat(status).as("the compiler's status").isZero();
    URLClassLoader loader = new URLClassLoader(new URL[] {directory.toUri().toURL()});
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
