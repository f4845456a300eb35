package io.tidemark.gateway.server;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.tidemark.gateway.routing.PublishRefusedException;
import io.tidemark.gateway.routing.Publisher;
import io.tidemark.gateway.routing.Route;
import io.tidemark.gateway.routing.Subscriber;
import io.tidemark.gateway.transport.Shutdown;
import io.tidemark.gateway.transport.Timer;
import io.tidemark.gateway.wire.Answers;
import io.tidemark.gateway.wire.Delivery;
import io.tidemark.gateway.wire.Detach;
import io.tidemark.gateway.wire.Hello;
import io.tidemark.gateway.wire.PublicationGrpc.PublicationImplBase;
import io.tidemark.gateway.wire.PublishRequest;
import io.tidemark.gateway.wire.PublishResponse;
import io.tidemark.gateway.wire.RangeClosed;
import io.tidemark.gateway.wire.Refusal;
import io.tidemark.gateway.wire.SteerRequest;
import io.tidemark.gateway.wire.SteerResponse;
import io.tidemark.gateway.wire.Welcome;
import io.tidemark.gateway.wire.Window;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes what the sinks of capture jobs publish to the consumers. */
final class PublicationService extends PublicationImplBase implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PublicationService.class);

  /**
   * After a sink was told of consumers, what it is to be told next is gathered: for {@link
   * #ANSWER_NANOS} times the number of answers that it was told, and {@link #BYTE_NANOS} times the
   * bytes of windows, but for this time at most. So it goes on at once as long as there are fewer
   * than 20,000 answers and 2 MB a second.
   */
  private static final long MAX_GATHER_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

  private static final long ANSWER_NANOS = TimeUnit.MICROSECONDS.toNanos(50);
  private static final long BYTE_NANOS = 500;

  private final Uris uris;
  private final Steering steering;
  private final Timer timer;
  private final Executor steer;
  private final Set<Consumer<Status>> streams = ConcurrentHashMap.newKeySet();

  /**
   * @param timer carries answers to the sinks that were gathered
   * @param steer one thread, for what may have to wait for the store of schedules
   */
  PublicationService(Uris uris, Steering steering, Timer timer, Executor steer) {
    this.uris = uris;
    this.steering = steering;
    this.timer = timer;
    this.steer = steer;
  }

  @Override
  public StreamObserver<PublishRequest> publish(StreamObserver<PublishResponse> response) {
    Publication publication = new Publication((ServerCallStreamObserver<PublishResponse>) response);
    streams.add(publication.ending);
    return publication;
  }

  /** Ends all streams: the jobs are to come back to another server. */
  @Override
  public void close() {
    streams.forEach(stream -> stream.accept(Shutdown.STATUS));
  }

  @Override
  public StreamObserver<SteerRequest> steer(StreamObserver<SteerResponse> response) {
    SteerStream stream =
        new SteerStream(
            (ServerCallStreamObserver<SteerResponse>) response,
            uris,
            steering,
            steer,
            streams::remove);
    streams.add(stream);
    return stream;
  }

  /** One sink's stream. gRPC calls it on one thread at a time; others tell it of consumers. */
  private final class Publication implements StreamObserver<PublishRequest>, Publisher {
    private final ServerCallStreamObserver<PublishResponse> response;
    private final Map<Long, Subscriber> subscribers = new ConcurrentHashMap<>();

    /** Batches of which more is to come. */
    private final Map<Long, ByteString> parts = new HashMap<>();

    /** What ends it from outside. */
    private final Consumer<Status> ending = this::end;

    private volatile String uri;
    private volatile Route route;
    private volatile boolean begun;
    private volatile Identity identity;
    private volatile long maxMessageBytes;

    // All below: under the lock of this.
    private final Map<Long, Answers.Builder> answers = new LinkedHashMap<>();
    private final Map<Long, Long> windows = new LinkedHashMap<>();
    private boolean flushing;

    /** Not to be flushed before. */
    private long gatherUntil = timer.nanos();

    /** Answers that are to be flushed. */
    private long answered;

    private boolean ended;

    Publication(ServerCallStreamObserver<PublishResponse> response) {
      this.response = response;
      response.setOnCancelHandler(() -> leave(false));
    }

    @Override
    public void onNext(PublishRequest request) {
      if (hasEnded()) {
        // On its way when another one took its place: its consumers are the other's by now.
        return;
      }
      try {
        if (uri == null) {
          hello(request);
          return;
        }
        if (!begun) {
          throw Status.INVALID_ARGUMENT
              .withDescription("a request before the welcome")
              .asException();
        }
        switch (request.getTypeCase()) {
          case DELIVERY -> deliver(request.getDelivery());
          case REFUSAL -> refuse(request.getRefusal());
          case FULL -> steer.execute(() -> steering.full(uri, this, request.getFull()));
          case RANGE -> steer.execute(() -> steering.answered(uri, request.getRange()));
          case HELD -> {
            List<Long> requests = request.getHeld().getRequestsList();
            steer.execute(() -> steering.held(uri, this, requests));
          }
          case GOODBYE -> leave(true);
          case HELLO, TYPE_NOT_SET ->
              end(Status.INVALID_ARGUMENT.withDescription("not a request after a hello"));
        }
      } catch (StatusException e) {
        end(e.getStatus());
      }
    }

    private synchronized boolean hasEnded() {
      return ended;
    }

    private void hello(PublishRequest request) throws StatusException {
      Hello hello = request.getHello();
      if (!request.hasHello() || hello.getUri().isEmpty() || hello.getJob().isEmpty()) {
        throw Status.INVALID_ARGUMENT
            .withDescription("the first request should be a hello with a uri and a job")
            .asException();
      }
      identity = new Identity(hello.getJob(), hello.getEpoch(), hello.getRun());
      // Unsigned: below 0 is more than a message can have.
      maxMessageBytes = Math.max(0, hello.getMaxMessageBytes());
      uri = hello.getUri();
      uris.whenAllowed(uri, true, this::begin, this::end);
    }

    private void begin() throws StatusException {
      route = uris.route(uri);
      begun = true;
      // First of all, as consumers are attached by another thread as soon as it is published.
      send(PublishResponse.newBuilder().setWelcome(Welcome.getDefaultInstance()).build());
      try {
        route.publish(this);
      } catch (PublishRefusedException e) {
        LOG.warn("A publication is refused: {}", e.getMessage());
        throw Status.ALREADY_EXISTS.withDescription(e.getMessage()).asException();
      }
      steer.execute(() -> steering.published(uri, this));
      if (isOver()) {
        leave(false);
      }
    }

    private synchronized boolean isOver() {
      return ended || response.isCancelled();
    }

    private void deliver(Delivery delivery) {
      ByteString part = parts.getOrDefault(delivery.getFlow(), ByteString.EMPTY);
      ByteString batch = part.concat(delivery.getBatch());
      if (delivery.getMore()) {
        parts.put(delivery.getFlow(), batch);
        return;
      }
      parts.remove(delivery.getFlow());
      Subscriber subscriber = subscribers.get(delivery.getFlow());
      if (subscriber != null) {
        subscriber.deliver(this, batch);
      }
    }

    private void refuse(Refusal refusal) {
      Subscriber subscriber = subscribers.get(refusal.getFlow());
      if (subscriber != null) {
        subscriber.refused(refusal);
      }
    }

    @Override
    public void onError(Throwable cancelled) {
      leave(false);
    }

    @Override
    public void onCompleted() {
      end(Status.OK);
    }

    private void leave(boolean goodbye) {
      if (route != null) {
        steer.execute(() -> steering.unpublished(uri, this));
        route.withdraw(this, goodbye);
      }
      subscribers.clear();
      streams.remove(ending);
    }

    private void end(Status status) {
      leave(false);
      synchronized (this) {
        if (ended) {
          return;
        }
        ended = true;
        Responses.end(response, status);
      }
    }

    @Override
    public long maxMessageBytes() {
      return maxMessageBytes;
    }

    @Override
    public Identity identity() {
      return identity;
    }

    @Override
    public void attach(long flow, Subscriber subscriber) {
      subscribers.put(flow, subscriber);
      subscriber.published(this, flow);
      send(PublishResponse.newBuilder().setAttach(subscriber.wants(flow)).build());
      window(flow, ConsumerStream.WINDOW_BYTES);
    }

    @Override
    public void detach(long flow) {
      subscribers.remove(flow);
      flush();
      send(PublishResponse.newBuilder().setDetach(Detach.newBuilder().setFlow(flow)).build());
    }

    @Override
    public synchronized void window(long flow, long bytes) {
      windows.merge(flow, bytes, Long::sum);
      flushSoon();
    }

    @Override
    public synchronized void answer(long flow, Consumer<Answers.Builder> answer) {
      Answers.Builder builder = answers.get(flow);
      if (builder == null || builder.getAgainFrom() != 0) {
        if (builder != null) {
          // What is answered after a give-back is counted from there.
          flush();
        }
        builder = Answers.newBuilder().setFlow(flow);
        answers.put(flow, builder);
      }
      answer.accept(builder);
      answered++;
      flushSoon();
    }

    private void flushSoon() {
      if (flushing || ended) {
        return;
      }
      long wait = gatherUntil - timer.nanos();
      if (wait <= 0) {
        flush();
      } else {
        flushing = true;
        timer.after(wait, this::flush);
      }
    }

    private synchronized void flush() {
      flushing = false;
      long opened = windows.values().stream().mapToLong(Long::longValue).sum();
      gatherUntil =
          timer.nanos() + Math.min(MAX_GATHER_NANOS, answered * ANSWER_NANOS + opened * BYTE_NANOS);
      answered = 0;
      answers.values().forEach(each -> send(PublishResponse.newBuilder().setAnswers(each).build()));
      answers.clear();
      windows.forEach(
          (flow, bytes) ->
              send(
                  PublishResponse.newBuilder()
                      .setWindow(Window.newBuilder().setFlow(flow).setBytes(bytes))
                      .build()));
      windows.clear();
    }

    @Override
    public void rangeClosed(long request) {
      send(
          PublishResponse.newBuilder()
              .setClosed(RangeClosed.newBuilder().setRequest(request))
              .build());
    }

    private synchronized void send(PublishResponse message) {
      if (!ended && !response.isCancelled()) {
        response.onNext(message);
      }
    }

    @Override
    public void fence(String reason) {
      LOG.warn("A publication of '{}' is ended: {}", uri, reason);
      subscribers.clear();
      streams.remove(ending);
      synchronized (this) {
        if (!ended) {
          ended = true;
          response.onError(Status.ABORTED.withDescription(reason).asException());
        }
      }
    }
  }
}
