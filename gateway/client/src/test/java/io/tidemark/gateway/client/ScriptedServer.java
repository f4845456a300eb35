package io.tidemark.gateway.client;

import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.tidemark.gateway.wire.Batch;
import io.tidemark.gateway.wire.ChangeStreamGrpc;
import io.tidemark.gateway.wire.ConsumeRequest;
import io.tidemark.gateway.wire.Start;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A server of change streams that says what a test has it say. */
final class ScriptedServer implements AutoCloseable {
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  private final Server server;
  private final BlockingQueue<Stream> streams = new LinkedBlockingQueue<>();
  private volatile String authorization;

  private ScriptedServer(NettyServerBuilder builder) throws IOException {
    this.server = builder.addService(new Service()).intercept(new Headers()).build().start();
  }

  static ScriptedServer start() throws IOException {
    return start(0);
  }

  static ScriptedServer start(int port) throws IOException {
    return new ScriptedServer(builder(port));
  }

  static ScriptedServer startTls(Path certificate, Path key) throws IOException {
    return new ScriptedServer(builder(0).useTransportSecurity(certificate.toFile(), key.toFile()));
  }

  static NettyServerBuilder builder(int port) {
    return NettyServerBuilder.forAddress(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
  }

  int port() {
    return server.getPort();
  }

  String target() {
    return "localhost:" + port();
  }

  /** The header of the last call. */
  String authorization() {
    return authorization;
  }

  /** The next stream that a consumer opened. */
  Stream accept() throws InterruptedException {
    return await(streams, "a stream");
  }

  private static <T> T await(BlockingQueue<T> queue, String what) throws InterruptedException {
    T next = queue.poll(20, TimeUnit.SECONDS);
    if (next == null) {
      throw new AssertionError("no consumer sent " + what);
    }
    return next;
  }

  /** Ends all streams, as if the process had died. */
  @Override
  public void close() {
    server.shutdownNow();
    try {
      server.awaitTermination();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** A consumer's stream. */
  static final class Stream implements StreamObserver<ConsumeRequest> {
    /** What a consumer that finishes says. */
    static final ConsumeRequest FINISHED = ConsumeRequest.getDefaultInstance();

    private final StreamObserver<Batch> batches;
    private final BlockingQueue<ConsumeRequest> requests = new LinkedBlockingQueue<>();

    Stream(StreamObserver<Batch> batches) {
      this.batches = batches;
    }

    /** The first request. */
    Start start() throws InterruptedException {
      return next().getStart();
    }

    ConsumeRequest next() throws InterruptedException {
      return await(requests, "a request");
    }

    /** Takes acknowledgements up to this one. */
    void awaitAcknowledged(long number) throws InterruptedException {
      ConsumeRequest request = next();
      while (request.getAcknowledged() < number && request.hasAcknowledged()) {
        request = next();
      }
      if (request.getAcknowledged() != number) {
        throw new AssertionError("instead of acknowledging " + number + ": " + request);
      }
    }

    void send(Batch batch) {
      batches.onNext(batch);
    }

    void end(Status status) {
      batches.onError(status.asRuntimeException());
    }

    void end() {
      batches.onCompleted();
    }

    @Override
    public void onNext(ConsumeRequest request) {
      requests.add(request);
    }

    @Override
    public void onError(Throwable error) {
      // The consumer went away.
    }

    @Override
    public void onCompleted() {
      requests.add(FINISHED);
      batches.onCompleted();
    }
  }

  private final class Service extends ChangeStreamGrpc.ChangeStreamImplBase {
    @Override
    public StreamObserver<ConsumeRequest> consume(StreamObserver<Batch> batches) {
      Stream stream = new Stream(batches);
      streams.add(stream);
      return stream;
    }
  }

  private final class Headers implements ServerInterceptor {
    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
      authorization = headers.get(AUTHORIZATION);
      return next.startCall(call, headers);
    }
  }
}
