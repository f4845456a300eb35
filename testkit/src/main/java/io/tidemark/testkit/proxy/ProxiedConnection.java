package io.tidemark.testkit.proxy;

import io.tidemark.testkit.proxy.FaultProxy.Direction;
import io.tidemark.testkit.proxy.FaultProxy.Fault;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.EnumSet;
import java.util.Set;

/** A connection of a client, and the one to the server that belongs to it. For one thread. */
final class ProxiedConnection {
  private enum State {
    OPEN,
    /** Both ends were told that nothing more comes; what they still send is discarded. */
    ENDING,
    CLOSED
  }

  private final SocketChannel client;
  private final SocketChannel server;
  private final Pipe toServer;
  private final Pipe toClient;
  private final Set<Direction> stalled = EnumSet.noneOf(Direction.class);
  private State state = State.OPEN;

  /** Of the bytes to the client, where the fault comes. */
  private long faultAt = Long.MAX_VALUE;

  private Fault fault;

  ProxiedConnection(SocketChannel client, SocketChannel server) throws IOException {
    this.client = client;
    this.server = server;
    this.toServer = new Pipe(client, server);
    this.toClient = new Pipe(server, client);
    for (SocketChannel channel : new SocketChannel[] {client, server}) {
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      channel.configureBlocking(false);
    }
  }

  boolean isClosed() {
    return state == State.CLOSED;
  }

  long passed(Direction direction) {
    return (direction == Direction.TO_SERVER ? toServer : toClient).passed();
  }

  /** Has the fault come when this number of further bytes has been passed on to the client. */
  void faultAfter(long bytes, Fault which) {
    faultAt = toClient.passed() + bytes;
    fault = which;
  }

  void noFault() {
    faultAt = Long.MAX_VALUE;
  }

  void stall(Set<Direction> directions) {
    stalled.addAll(directions);
  }

  void resume() {
    stalled.clear();
  }

  /** Passes on what can be; true if the fault came. */
  boolean advance() {
    try {
      if (state == State.OPEN) {
        if (!stalled.contains(Direction.TO_SERVER)) {
          toServer.pass(Long.MAX_VALUE);
        }
        if (!stalled.contains(Direction.TO_CLIENT)) {
          toClient.pass(faultAt - toClient.passed());
        }
        if (toClient.passed() == faultAt) {
          noFault();
          inject(fault);
          return true;
        }
        if (toServer.isOver() && toClient.isOver()) {
          close();
        }
      } else if (state == State.ENDING) {
        toServer.discard();
        toClient.discard();
        if (toServer.hasEnded() && toClient.hasEnded()) {
          close();
        }
      }
    } catch (IOException e) {
      // The one end has reset the connection: so has the proxy for the other one.
      reset();
    }
    return false;
  }

  void inject(Fault which) {
    switch (which) {
      case FIN -> end();
      case RESET -> reset();
      case STALL -> stall(EnumSet.allOf(Direction.class));
    }
  }

  private void end() {
    if (state != State.OPEN) {
      return;
    }
    try {
      state = State.ENDING;
      client.shutdownOutput();
      server.shutdownOutput();
    } catch (IOException e) {
      reset();
    }
  }

  private void reset() {
    try {
      client.setOption(StandardSocketOptions.SO_LINGER, 0);
      server.setOption(StandardSocketOptions.SO_LINGER, 0);
    } catch (IOException e) {
      // It is closed already.
    }
    close();
  }

  void close() {
    state = State.CLOSED;
    FaultProxy.closeQuietly(client);
    FaultProxy.closeQuietly(server);
  }

  /** Waits for what the connection can go on with. */
  void register(Selector selector) throws IOException {
    if (state != State.CLOSED) {
      client.register(selector, interest(client), this);
      server.register(selector, interest(server), this);
    }
  }

  private int interest(SocketChannel channel) {
    if (state == State.ENDING) {
      boolean ended = (channel == client ? toServer : toClient).hasEnded();
      return ended ? 0 : SelectionKey.OP_READ;
    }
    int operations = 0;
    if (!stalled.contains(Direction.TO_SERVER)) {
      operations |= toServer.interest(channel);
    }
    if (!stalled.contains(Direction.TO_CLIENT)) {
      operations |= toClient.interest(channel);
    }
    return operations;
  }
}
