package io.tidemark.testkit.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tidemark.testkit.Await;
import io.tidemark.testkit.Directories;
import java.io.File;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is left of a cluster when the program that started it ends, in each way it can. */
class ClusterLifetimeITCase {
  private static final Pattern READY = Pattern.compile("(?m)^ready (\\d+) (.+)$");
  private static final Duration TIMEOUT = Duration.ofMinutes(1);

  private Path directory;
  private Process program;

  @BeforeEach
  void makeDirectoryThatEveryUserReads() throws IOException {
    directory = Files.createTempDirectory("tidemark-test-");
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  @AfterEach
  void endProgram() throws IOException {
    if (program != null) {
      program.destroyForcibly();
    }
    Directories.delete(directory);
  }

  @Test
  void killedProgramLeavesNothing() throws IOException {
    start(List.of(), System.getProperty("java.class.path"), archives(), home());
    Matcher ready = awaitReady();
    program.destroyForcibly();
    assertNothingLeft(ready);
  }

  @Test
  void serversOutliveCtrlCUntilTheProgramHasEnded() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/setsid")), "needs setsid");
    start(List.of("setsid"), System.getProperty("java.class.path"), archives(), home());
    Matcher ready = awaitReady();
    // As a terminal does: to the whole process group, the watchdog included.
    new ProcessBuilder("kill", "-INT", "--", "-" + program.pid()).start().waitFor();
    // A child of a JVM that ignores SIGINT does so, too: ask again in another way. Not through
    // Process, which would also close the program's standard input.
    program.toHandle().destroy();
    Await.until("the program to end", TIMEOUT, () -> !program.isAlive(), this::output);
    assertThat(output()).contains("answers 1");
    assertNothingLeft(ready);
  }

  @Test
  void runsAsOrdinaryUser() throws Exception {
    assumeTrue(Platform.isRoot(), "all tests run as an ordinary user already");
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/setpriv")), "needs setpriv");
    Path archives = directory.resolve("archives");
    Directories.copy(archives(), archives);
    Path home = Files.createDirectory(directory.resolve("home"));
    Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwxrwxrwx"));
    start(
        List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"),
        copyClassPath(),
        archives,
        home);
    Matcher ready = awaitReady();
    program.getOutputStream().close();
    Await.until("the program to end", TIMEOUT, () -> !program.isAlive(), this::output);
    assertThat(output()).contains("closed");
    assertThat(program.exitValue()).isZero();
    assertNothingLeft(ready);
  }

  private static Path archives() {
    return Path.of(System.getProperty(PostgresInstallation.ARCHIVES));
  }

  private static Path home() {
    return Path.of(System.getProperty("user.home"));
  }

  private void start(List<String> prefix, String classPath, Path archives, Path home)
      throws IOException {
    List<String> command = new ArrayList<>(prefix);
    Collections.addAll(
        command,
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-Xmx64m",
        "-D" + PostgresInstallation.ARCHIVES + "=" + archives,
        "-Duser.home=" + home,
        ClusterProgram.class.getName());
    ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
    builder.environment().put("CLASSPATH", classPath);
    program = builder.redirectErrorStream(true).redirectOutput(outputFile().toFile()).start();
  }

  private Matcher awaitReady() {
    Await.until(
        "the program to start its cluster",
        TIMEOUT,
        () -> READY.matcher(output()).find() || !program.isAlive(),
        this::output);
    Matcher matcher = READY.matcher(output());
    assertThat(matcher.find()).as(output()).isTrue();
    return matcher;
  }

  private static void assertNothingLeft(Matcher ready) {
    int port = Integer.parseInt(ready.group(1));
    Path directory = Path.of(ready.group(2));
    Await.until(directory + " to vanish", TIMEOUT, () -> !Files.exists(directory));
    Await.until("port " + port + " to be free", TIMEOUT, () -> isFree(port));
    Await.until(
        "the processes of %s to end".formatted(directory),
        TIMEOUT,
        () -> ProcessHandle.allProcesses().noneMatch(process -> isOf(directory, process)));
  }

  private static boolean isOf(Path directory, ProcessHandle process) {
    return process.info().commandLine().orElse("").contains(directory.toString());
  }

  private static boolean isFree(int port) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return !socket.isConnected();
    } catch (ConnectException e) {
      return true;
    }
  }

  /** The class path may lie where only its owner reads. */
  private String copyClassPath() throws IOException {
    List<String> copies = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      Path source = Path.of(entry);
      if (Files.exists(source)) {
        Path copy = directory.resolve(copies.size() + "-" + source.getFileName());
        Directories.copy(source, copy);
        copies.add(copy.toString());
      }
    }
    return String.join(File.pathSeparator, copies);
  }

  private Path outputFile() {
    return directory.resolve("output");
  }

  private String output() {
    try {
      return Files.readString(outputFile());
    } catch (IOException e) {
      return e.toString();
    }
  }
}
