package io.tidemark.testkit.proxy;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Stands before one server on this machine and passes everything on, but for the faults that a test
 * asks for. What it does to connections it does at once: each method returns when it has taken
 * effect. All connections are served by one thread, which ends with {@link #close()}; each of them
 * holds at most 64 KB, beyond which the sender is held up.
 *
 * <p>A connection that a side ends is ended towards the other side, half by half; one that a side
 * resets is reset. Safe for use by several threads.
 */
public final class FaultProxy implements AutoCloseable {
  private static final long CLOSE_SECONDS = 10;

  /** Which way bytes go. */
  public enum Direction {
    TO_SERVER,
    TO_CLIENT
  }

  /** What happens to a connection. */
  public enum Fault {
    /** Both sides read the bytes that were passed on, then the end. */
    FIN,
    /** Both sides get a reset, which may overtake bytes on their way. */
    RESET,
    /** Bytes are held back both ways, and so is the end, until {@link #resume}. */
    STALL
  }

  private final InetSocketAddress target;
  private final Selector selector;
  private final ServerSocketChannel listener;
  private final Queue<Supplier<Runnable>> commands = new ConcurrentLinkedQueue<>();
  private final Thread thread;

  // Of the proxy's thread.
  private final List<ProxiedConnection> proxied = new ArrayList<>();
  private final Set<Direction> stalled = EnumSet.noneOf(Direction.class);
  private final Map<Direction, Long> passedByClosed = new EnumMap<>(Direction.class);
  private boolean refusing;
  private long connections;
  private long refused;
  private CompletableFuture<Void> armed;
  private long armedBytes;
  private Fault armedFault;

  private FaultProxy(InetSocketAddress target) throws IOException {
    this.target = target;
    this.selector = Selector.open();
    this.listener = ServerSocketChannel.open();
    listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    listener.configureBlocking(false);
    listener.register(selector, SelectionKey.OP_ACCEPT);
    this.thread = new Thread(this::run, "fault-proxy-" + port());
    thread.setDaemon(true);
  }

  /** Starts one before a server that listens, or will, on that port of this machine. */
  public static FaultProxy before(int port) {
    try {
      FaultProxy proxy =
          new FaultProxy(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      proxy.thread.start();
      return proxy;
    } catch (IOException e) {
      throw new UncheckedIOException("No proxy before port " + port, e);
    }
  }

  /** The port on 127.0.0.1 to connect to instead of the server's. */
  public int port() {
    return listener.socket().getLocalPort();
  }

  /** The URL of the server with the proxy's port for the server's. */
  public String url(String serversUrl) {
    String authority = "://127.0.0.1:%d/";
    String found = authority.formatted(target.getPort());
    if (!serversUrl.contains(found)) {
      throw new IllegalArgumentException(serversUrl + " is not of port " + target.getPort());
    }
    return serversUrl.replace(found, authority.formatted(port()));
  }

  /** Does it to all connections that are open. */
  public void inject(Fault fault) {
    call(
        () -> {
          proxied.forEach(connection -> connection.inject(fault));
          return null;
        });
  }

  /**
   * Injects a fault once: into the first connection that has passed on this number of further bytes
   * to its client, right after them, and so in the middle of a message as a rule. Other connections
   * are left alone. Replaces a fault that was asked for before and has not come yet.
   *
   * @param bytes the number of bytes, counted for each connection from now on; above 0
   * @return done when the fault has come
   */
  public CompletableFuture<Void> injectAfter(long bytes, Fault fault) {
    if (bytes < 1) {
      throw new IllegalArgumentException("a fault after %d bytes".formatted(bytes));
    }
    return call(
        () -> {
          armed = new CompletableFuture<>();
          armedBytes = bytes;
          armedFault = fault;
          proxied.forEach(connection -> connection.faultAfter(bytes, fault));
          return armed;
        });
  }

  /** Holds back what goes this way, on open and on new connections, until {@link #resume}. */
  public void stall(Direction first, Direction... more) {
    Set<Direction> directions = EnumSet.of(first, more);
    call(
        () -> {
          stalled.addAll(directions);
          proxied.forEach(connection -> connection.stall(directions));
          return null;
        });
  }

  /** Passes on all that was held back. */
  public void resume() {
    call(
        () -> {
          stalled.clear();
          proxied.forEach(ProxiedConnection::resume);
          return null;
        });
  }

  /** Resets new connections as they come, until {@link #accept}; open ones go on. */
  public void refuse() {
    call(() -> refusing = true);
  }

  /** Lets new connections in again. */
  public void accept() {
    call(() -> refusing = false);
  }

  /** How many connections it has let in so far. */
  public long connections() {
    return call(() -> connections);
  }

  /** How many connections it has refused so far. */
  public long refused() {
    return call(() -> refused);
  }

  /** How many connections are open. */
  public int open() {
    return call(proxied::size);
  }

  /** How many bytes it has passed on this way so far. */
  public long passed(Direction direction) {
    return call(
        () ->
            passedByClosed.getOrDefault(direction, 0L)
                + proxied.stream().mapToLong(connection -> connection.passed(direction)).sum());
  }

  private <T> T call(Supplier<T> command) {
    CompletableFuture<T> result = new CompletableFuture<>();
    commands.add(
        () -> {
          T value = command.get();
          return () -> result.complete(value);
        });
    selector.wakeup();
    if (!thread.isAlive()) {
      throw new IllegalStateException(thread.getName() + " is closed");
    }
    return result.orTimeout(CLOSE_SECONDS, TimeUnit.SECONDS).join();
  }

  private void run() {
    try {
      while (selector.isOpen()) {
        selector.select();
        if (selector.selectedKeys().removeIf(SelectionKey::isAcceptable)) {
          admit();
        }
        selector.selectedKeys().clear();
        advance();
        List<Runnable> answers = new ArrayList<>();
        for (var command = commands.poll(); command != null; command = commands.poll()) {
          answers.add(command.get());
        }
        advance();
        for (ProxiedConnection connection : proxied) {
          connection.register(selector);
        }
        if (!answers.isEmpty()) {
          // What was closed is closed in truth once the selector has let go of it.
          selector.selectNow();
          answers.forEach(Runnable::run);
        }
      }
    } catch (ClosedSelectorException e) {
      // Closed.
    } catch (IOException e) {
      throw new UncheckedIOException(thread.getName(), e);
    } finally {
      proxied.forEach(ProxiedConnection::close);
    }
  }

  private void advance() {
    for (ProxiedConnection connection : List.copyOf(proxied)) {
      if (connection.advance()) {
        proxied.forEach(ProxiedConnection::noFault);
        armed.complete(null);
        armed = null;
      }
      if (connection.isClosed()) {
        proxied.remove(connection);
        for (Direction direction : Direction.values()) {
          passedByClosed.merge(direction, connection.passed(direction), Long::sum);
        }
      }
    }
  }

  private void admit() throws IOException {
    for (SocketChannel client = listener.accept(); client != null; client = listener.accept()) {
      SocketChannel server = refusing ? null : connect();
      if (server == null) {
        refused++;
        client.setOption(StandardSocketOptions.SO_LINGER, 0);
        closeQuietly(client);
        continue;
      }
      ProxiedConnection connection = new ProxiedConnection(client, server);
      connection.stall(stalled);
      if (armed != null) {
        connection.faultAfter(armedBytes, armedFault);
      }
      proxied.add(connection);
      connections++;
    }
  }

  /** Null if the server is not there: then the client must not find an open port either. */
  private SocketChannel connect() {
    try {
      return SocketChannel.open(target);
    } catch (IOException e) {
      return null;
    }
  }

  /** Resets nothing, ends everything: open connections, the listening port, the thread. */
  @Override
  public void close() {
    closeQuietly(listener);
    closeQuietly(selector);
    try {
      thread.join(TimeUnit.SECONDS.toMillis(CLOSE_SECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (thread.isAlive()) {
      throw new IllegalStateException(thread.getName() + " does not end");
    }
  }

  static void closeQuietly(Closeable closeable) {
    try {
      closeable.close();
    } catch (IOException e) {
      // What it was is gone, which is what was wanted.
    }
  }
}
