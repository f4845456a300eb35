package io.tidemark.gateway.link;

import io.grpc.CallCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.tidemark.gateway.outbox.Outbox;
import io.tidemark.gateway.wire.Goodbye;
import io.tidemark.gateway.wire.Hello;
import io.tidemark.gateway.wire.PublicationGrpc;
import io.tidemark.gateway.wire.PublishRequest;
import io.tidemark.gateway.wire.PublishResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries what an outbox has to the server, from a thread of its own: connects, sends as fast as
 * the connection takes it, and connects again when the connection is lost.
 */
public final class PublicationLink implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PublicationLink.class);
  private static final Duration GOODBYE_PATIENCE = Duration.ofSeconds(5);
  private static final Duration MAX_PARK = Duration.ofMinutes(1);

  private final ManagedChannel channel;
  private final CallCredentials credentials;
  private final Hello hello;
  private final Outbox outbox;
  private final Consumer<Throwable> fatal;
  private final Attempts attempts = new Attempts();
  private final Thread thread;
  private volatile boolean woken;
  private volatile boolean closing;
  private volatile boolean goodbye;
  private volatile boolean connected;

  /**
   * A link that is not started.
   *
   * @param fatal hears that the server refuses for good; from any thread
   * @throws IOException if a file of the endpoint's cannot be read
   */
  public PublicationLink(
      GatewayEndpoint gateway, Hello hello, Outbox outbox, Consumer<Throwable> fatal)
      throws IOException {
    this.channel = gateway.connect();
    this.credentials = gateway.credentials();
    this.hello = hello;
    this.outbox = outbox;
    this.fatal = fatal;
    this.thread = new Thread(this::run, "tidemark-publish-" + hello.getUri());
    thread.setDaemon(true);
  }

  /** Begins to connect. */
  public void start() {
    thread.start();
  }

  /** There is something new in the outbox. */
  public void wake() {
    if (!woken) {
      woken = true;
      LockSupport.unpark(thread);
    }
  }

  /** Whether the server has taken it as its URI's publisher. */
  public boolean isConnected() {
    return connected;
  }

  private void run() {
    try {
      while (!closing) {
        Connection connection = new Connection();
        connection.open();
        connection.pump();
        outbox.disconnected();
        if (!closing && !pauseBeforeRetry(connection.end)) {
          return;
        }
      }
    } catch (RuntimeException | Error e) {
      fatal.accept(e);
    }
  }

  /** Tells whether to go on. */
  private boolean pauseBeforeRetry(Status end) {
    if (Statuses.isFinal(end)) {
      fatal.accept(
          new IllegalStateException(
              "'%s' cannot be published by the gateway: %s"
                  .formatted(hello.getUri(), Statuses.describe(end))));
      return false;
    }
    Duration wait = attempts.failed();
    LOG.warn(
        "'{}' is not published: {}. Trying again in {} ms",
        hello.getUri(),
        Statuses.describe(end),
        wait.toMillis());
    long until = System.nanoTime() + wait.toNanos();
    for (long left = wait.toNanos(); left > 0 && !closing; left = until - System.nanoTime()) {
      LockSupport.parkNanos(this, left);
    }
    return true;
  }

  /** Ends the link; what is not acknowledged stays in the outbox. */
  @Override
  public void close() {
    close(false);
  }

  /**
   * Ends the link.
   *
   * @param forGood whether no later attempt of the job follows, so that another one may publish the
   *     URI at once
   */
  public void close(boolean forGood) {
    goodbye = forGood;
    closing = true;
    LockSupport.unpark(thread);
    try {
      thread.join(GOODBYE_PATIENCE.toMillis());
      channel.shutdown();
      if (!channel.awaitTermination(GOODBYE_PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        channel.shutdownNow();
      }
    } catch (InterruptedException e) {
      channel.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }

  /** One stream to the server. */
  private final class Connection
      implements ClientResponseObserver<PublishRequest, PublishResponse> {
    private ClientCallStreamObserver<PublishRequest> requests;

    /** Why it ended; null as long as it has not. */
    private volatile Status end;

    private volatile boolean welcome;

    void open() {
      // gRPC waits between its attempts to connect, too, up to 2 minutes: each of ours is one.
      channel.resetConnectBackoff();
      PublicationGrpc.newStub(channel).withCallCredentials(credentials).publish(this);
      requests.onNext(PublishRequest.newBuilder().setHello(hello).build());
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<PublishRequest> stream) {
      requests = stream;
      stream.setOnReadyHandler(PublicationLink.this::wake);
    }

    @Override
    public void onNext(PublishResponse response) {
      switch (response.getTypeCase()) {
        case WELCOME -> {
          LOG.info("'{}' is published", hello.getUri());
          outbox.connected();
          attempts.succeeded();
          welcome = true;
          connected = true;
        }
        case ATTACH -> outbox.attach(response.getAttach());
        case DETACH -> outbox.detach(response.getDetach().getFlow());
        case WINDOW ->
            outbox.window(response.getWindow().getFlow(), response.getWindow().getBytes());
        case ANSWERS -> outbox.answers(response.getAnswers());
        case CLOSED -> outbox.rangeClosed(response.getClosed().getRequest());
        case TYPE_NOT_SET -> {
          Status status = Statuses.notUnderstood(response);
          ended(status);
          requests.cancel(status.getDescription(), null);
        }
      }
      wake();
    }

    @Override
    public void onError(Throwable failure) {
      ended(Status.fromThrowable(failure));
    }

    @Override
    public void onCompleted() {
      ended(Status.UNAVAILABLE.withDescription("the server has ended the stream"));
    }

    private void ended(Status status) {
      connected = false;
      // What ended it first is the cause of the rest.
      if (end == null) {
        end = status;
      }
      wake();
    }

    /** Tells what there is to tell, until the stream ends or the link is closed. */
    void pump() {
      while (end == null && !closing) {
        woken = false;
        if (welcome) {
          tell();
        }
        await();
      }
      connected = false;
      if (end == null) {
        if (goodbye && welcome) {
          requests.onNext(
              PublishRequest.newBuilder().setGoodbye(Goodbye.getDefaultInstance()).build());
        }
        requests.onCompleted();
        end = Status.CANCELLED;
      }
    }

    /** Waits until something happens or is due. */
    private void await() {
      boolean canTell = welcome && requests.isReady();
      long most = MAX_PARK.toNanos();
      long due = System.nanoTime() + (canTell ? Math.min(outbox.nanosUntilDue(), most) : most);
      for (long left = due - System.nanoTime();
          left > 0 && !woken && end == null && !closing;
          left = due - System.nanoTime()) {
        LockSupport.parkNanos(this, left);
      }
    }

    private void tell() {
      while (requests.isReady() && end == null && !closing) {
        PublishRequest next = outbox.poll();
        if (next == null) {
          return;
        }
        requests.onNext(next);
      }
    }
  }
}
