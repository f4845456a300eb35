package io.tidemark.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What it is measured on.
 *
 * @param cores processors that this JVM may use
 * @param memoryBytes memory that this JVM may see: the machine's, or the container's
 * @param os the operating system, its version and architecture
 * @param cpu the processor's model; empty where it cannot be read
 */
record Machine(int cores, long memoryBytes, String os, Optional<String> cpu) {
  private static final Path CPUINFO = Path.of("/proc/cpuinfo");
  private static final Pattern MODEL = Pattern.compile("(?m)^model name\\s*:\\s*(\\S.*)$");

  /** The one that this JVM is on. */
  static Machine here() {
    return new Machine(
        Runtime.getRuntime().availableProcessors(),
        ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize(),
        "%s %s %s"
            .formatted(
                System.getProperty("os.name"),
                System.getProperty("os.version"),
                System.getProperty("os.arch")),
        model(CPUINFO));
  }

  /** The processor's model as Linux tells it; many that are no x86 have none. */
  static Optional<String> model(Path cpuinfo) {
    try {
      Matcher model = MODEL.matcher(Files.readString(cpuinfo, StandardCharsets.UTF_8));
      return model.find() ? Optional.of(model.group(1).strip()) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty(); // not Linux
    }
  }
}
