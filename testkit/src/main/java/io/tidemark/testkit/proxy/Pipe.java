package io.tidemark.testkit.proxy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;

/** One direction of a connection. For the proxy's thread. */
final class Pipe {
  private static final int BUFFER = 32 * 1024;

  private final SocketChannel from;
  private final SocketChannel to;
  private final ByteBuffer held = ByteBuffer.allocate(BUFFER);
  private long passed;
  private boolean ended;
  private boolean endPassed;

  Pipe(SocketChannel from, SocketChannel to) {
    this.from = from;
    this.to = to;
  }

  /** How many bytes it has passed on so far. */
  long passed() {
    return passed;
  }

  /** Passes on what can be passed on now, but at most {@code most} bytes. */
  void pass(long most) throws IOException {
    if (endPassed) {
      return;
    }
    if (!ended && from.read(held) < 0) {
      ended = true;
    }
    held.flip();
    int end = held.limit();
    held.limit((int) Math.min(end, most));
    passed += to.write(held);
    held.limit(end);
    held.compact();
    if (ended && held.position() == 0) {
      to.shutdownOutput();
      endPassed = true;
    }
  }

  /** Reads what comes, for nobody, so that its sender is told of its end and not of a reset. */
  void discard() throws IOException {
    while (!ended) {
      int read = from.read(held.clear());
      ended = read < 0;
      if (read <= 0) {
        return;
      }
    }
  }

  /** Whether the sender has ended its side, and if so the receiver has been told. */
  boolean isOver() {
    return endPassed;
  }

  /** Whether the sender has ended its side. */
  boolean hasEnded() {
    return ended;
  }

  /** The operations that {@link #pass} waits for on a channel. */
  int interest(SocketChannel channel) {
    int operations = 0;
    if (channel == from && !ended && held.hasRemaining()) {
      operations |= SelectionKey.OP_READ;
    }
    if (channel == to && held.position() > 0) {
      operations |= SelectionKey.OP_WRITE;
    }
    return operations;
  }
}
