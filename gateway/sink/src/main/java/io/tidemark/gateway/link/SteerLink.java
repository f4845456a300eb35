package io.tidemark.gateway.link;

import io.grpc.CallCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.tidemark.gateway.transport.BackgroundThread;
import io.tidemark.gateway.transport.Shutdown;
import io.tidemark.gateway.wire.Held;
import io.tidemark.gateway.wire.Open;
import io.tidemark.gateway.wire.PublicationGrpc;
import io.tidemark.gateway.wire.RangeFailed;
import io.tidemark.gateway.wire.RangeProgress;
import io.tidemark.gateway.wire.RangeWanted;
import io.tidemark.gateway.wire.SteerRequest;
import io.tidemark.gateway.wire.SteerResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An enumerator's connection to the server: what is to be dumped, and when to pause. Connects again
 * when the connection is lost. While it is lost, and while the server says nothing, the source
 * pauses, as nobody could take what the source emits.
 */
public final class SteerLink implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SteerLink.class);

  /** The server says every second whether to pause. */
  private static final Duration SILENCE = Duration.ofSeconds(5);

  private static final Duration CHECK = Duration.ofSeconds(1);

  private final ManagedChannel channel;
  private final CallCredentials credentials;
  private final String uri;
  private final Listener listener;
  private final Attempts attempts = new Attempts();
  private final BackgroundThread thread;

  /** What was asked for and not closed. */
  private final Set<Long> held = new LinkedHashSet<>();

  /** Of those held, what was told last. */
  private final Map<Long, RangeProgress> progresses = new LinkedHashMap<>();

  private Connection connection;
  private long heardNanos;
  private boolean paused;
  private boolean closed;

  /** What the server says; on the link's thread. */
  public interface Listener {
    /** A range is wanted, which was not held. */
    void wanted(RangeWanted range);

    /** Nothing more is wanted of a range. */
    void closed(long request);

    /** Whether the source is to pause, which it is at first. Heard only when it changes. */
    void paused(boolean paused);

    /** The server refuses for good. */
    void refused(Throwable why);
  }

  /**
   * A link that begins to connect.
   *
   * @param held what the job was asked for before and has not heard the end of
   * @throws IOException if a file of the endpoint's cannot be read
   */
  public SteerLink(GatewayEndpoint gateway, String uri, Set<Long> held, Listener listener)
      throws IOException {
    this.channel = gateway.connect();
    this.credentials = gateway.credentials();
    this.uri = uri;
    this.held.addAll(held);
    this.listener = listener;
    this.thread = new BackgroundThread("tidemark-steer-" + uri);
    thread.execute(
        () -> {
          pause(true);
          connect();
        });
    thread.every(CHECK, this::check);
  }

  /** Some parts of a range were read: {@code read} of {@code parts} so far. */
  public void progress(long request, int read, int parts) {
    thread.execute(
        () -> {
          if (held.contains(request)) {
            RangeProgress progress =
                RangeProgress.newBuilder()
                    .setRequest(request)
                    .setPartsRead(read)
                    .setParts(parts)
                    .build();
            progresses.put(request, progress);
            send(SteerRequest.newBuilder().setProgress(progress).build());
          }
        });
  }

  /** A range comes to nothing. */
  public void failed(long request, String reason) {
    thread.execute(
        () -> {
          if (held.remove(request)) {
            progresses.remove(request);
            RangeFailed failed =
                RangeFailed.newBuilder()
                    .setRequest(request)
                    .setReason(reason)
                    .setForGood(true)
                    .build();
            send(SteerRequest.newBuilder().setFailed(failed).build());
          }
        });
  }

  @Override
  public void close() {
    thread.execute(
        () -> {
          closed = true;
          if (connection != null) {
            connection.requests.onCompleted();
          }
          channel.shutdown();
        });
    thread.close();
    channel.shutdownNow();
  }

  private void send(SteerRequest request) {
    // Without a connection: it is told when there is one, as held, or not held.
    if (connection != null) {
      connection.send(request);
    }
  }

  private void connect() {
    if (closed) {
      return;
    }
    connection = new Connection();
    // gRPC waits between its attempts to connect, too, up to 2 minutes: each of ours is one.
    channel.resetConnectBackoff();
    PublicationGrpc.newStub(channel).withCallCredentials(credentials).steer(connection);
    Open.Builder open = Open.newBuilder().setUri(uri);
    held.forEach(request -> open.addHeld(Held.newBuilder().setRequest(request)));
    connection.requests.onNext(SteerRequest.newBuilder().setOpen(open).build());
    progresses.values().forEach(each -> send(SteerRequest.newBuilder().setProgress(each).build()));
    heardNanos = System.nanoTime();
  }

  private void heard(Connection from, SteerResponse response) {
    if (from != connection) {
      return;
    }
    heardNanos = System.nanoTime();
    attempts.succeeded();
    from.answered();
    switch (response.getTypeCase()) {
      case WANTED -> wanted(response.getWanted());
      case CLOSED -> {
        long request = response.getClosed().getRequest();
        progresses.remove(request);
        if (held.remove(request)) {
          listener.closed(request);
        }
      }
      case PAUSED -> pause(response.getPaused());
      case TYPE_NOT_SET -> {
        Status status = Statuses.notUnderstood(response);
        ended(from, status);
        from.requests.cancel(status.getDescription(), null);
      }
    }
  }

  private void wanted(RangeWanted range) {
    if (!held.add(range.getRequest())) {
      return;
    }
    try {
      listener.wanted(range);
    } catch (IllegalArgumentException e) {
      // Of a server that checks less, or knows more: it would wait for ever.
      failed(range.getRequest(), e.getMessage());
    }
  }

  private void ended(Connection from, Status status) {
    if (from != connection || closed) {
      return;
    }
    connection = null;
    pause(true);
    if (Statuses.isFinal(status)) {
      listener.refused(
          new IllegalStateException(
              "the job of '%s' cannot be steered by the gateway: %s"
                  .formatted(uri, Statuses.describe(status))));
      return;
    }
    Duration wait = attempts.failed();
    if (Shutdown.is(status)) {
      // No reason for alarm: another one may take its place, or the job is about to end, too. If
      // none is there, the next attempt tells.
      LOG.info("'{}' is paused, as its gateway is shutting down", uri);
    } else {
      LOG.warn(
          "'{}' is paused, as its gateway is away: {}. Trying again in {} ms",
          uri,
          Statuses.describe(status),
          wait.toMillis());
    }
    thread.after(wait.toNanos(), this::connect);
  }

  private void check() {
    if (connection != null && System.nanoTime() - heardNanos > SILENCE.toNanos()) {
      pause(true);
    }
  }

  private void pause(boolean now) {
    if (now != paused) {
      paused = now;
      listener.paused(now);
    }
  }

  /** One stream to the server; hears of it on gRPC's threads. */
  private final class Connection implements ClientResponseObserver<SteerRequest, SteerResponse> {
    private ClientCallStreamObserver<SteerRequest> requests;

    /** What is to be sent once the server has answered; null when it has. Of the link's thread. */
    private List<SteerRequest> early = new ArrayList<>();

    void send(SteerRequest request) {
      if (early == null) {
        requests.onNext(request);
      } else {
        early.add(request);
      }
    }

    void answered() {
      if (early != null) {
        early.forEach(requests::onNext);
        early = null;
      }
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<SteerRequest> stream) {
      requests = stream;
    }

    @Override
    public void onNext(SteerResponse response) {
      thread.execute(() -> heard(this, response));
    }

    @Override
    public void onError(Throwable failure) {
      thread.execute(() -> ended(this, Status.fromThrowable(failure)));
    }

    @Override
    public void onCompleted() {
      thread.execute(
          () -> ended(this, Status.UNAVAILABLE.withDescription("the server has ended it")));
    }
  }
}
