package io.tidemark.gateway.client;

import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.MetadataUtils;
import io.tidemark.gateway.wire.Batch;
import io.tidemark.gateway.wire.ChangeStreamGrpc;
import io.tidemark.gateway.wire.ConsumeRequest;
import io.tidemark.gateway.wire.GiveBack;
import io.tidemark.gateway.wire.Start;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** A call of Consume, on a connection of its own, so that each attempt looks up the server anew. */
final class GrpcEventStream implements EventStream {
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  /** A server that is gone without a word is noticed after this and {@link #KEEP_ALIVE_TIMEOUT}. */
  private static final Duration KEEP_ALIVE = Duration.ofSeconds(30);

  /** What also a machine keeps that is busy with something else. */
  private static final Duration KEEP_ALIVE_TIMEOUT = Duration.ofSeconds(30);

  private final ManagedChannel channel;
  private final ClientCallStreamObserver<ConsumeRequest> requests;

  private GrpcEventStream(
      ManagedChannel channel, ClientCallStreamObserver<ConsumeRequest> requests) {
    this.channel = channel;
    this.requests = requests;
  }

  /**
   * Whom to call, and how.
   *
   * @param target as gRPC resolves it
   * @param tls empty for plaintext
   * @param token gives the bearer token; null for none
   * @param maxMessageBytes the largest batch that is taken
   */
  record Server(
      String target, Optional<SslContext> tls, Supplier<String> token, int maxMessageBytes) {
    private ManagedChannel connect() {
      NettyChannelBuilder builder =
          NettyChannelBuilder.forTarget(target)
              .maxInboundMessageSize(maxMessageBytes)
              .keepAliveTime(KEEP_ALIVE.toSeconds(), TimeUnit.SECONDS)
              .keepAliveTimeout(KEEP_ALIVE_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
      if (tls.isPresent()) {
        builder.sslContext(tls.get());
      } else {
        builder.usePlaintext();
      }
      if (token != null) {
        Metadata headers = new Metadata();
        headers.put(AUTHORIZATION, "Bearer " + token.get());
        builder.intercept(MetadataUtils.newAttachHeadersInterceptor(headers));
      }
      return builder.build();
    }
  }

  /** Calls with this as the first request. */
  static GrpcEventStream open(Server server, Start start, Listener listener) {
    ManagedChannel channel = server.connect();
    Responses responses = new Responses(listener);
    ChangeStreamGrpc.newStub(channel).consume(responses);
    responses.requests.onNext(ConsumeRequest.newBuilder().setStart(start).build());
    return new GrpcEventStream(channel, responses.requests);
  }

  @Override
  public void request() {
    requests.request(1);
  }

  @Override
  public boolean isReady() {
    return requests.isReady();
  }

  @Override
  public void acknowledge(long number) {
    requests.onNext(ConsumeRequest.newBuilder().setAcknowledged(number).build());
  }

  @Override
  public void giveBack(long from, String reason) {
    requests.onNext(
        ConsumeRequest.newBuilder()
            .setGiveBack(GiveBack.newBuilder().setFrom(from).setReason(reason))
            .build());
  }

  @Override
  public void finish() {
    requests.onCompleted();
  }

  @Override
  public void cancel() {
    channel.shutdownNow();
  }

  /** Tells the listener, on gRPC's threads. */
  private static final class Responses implements ClientResponseObserver<ConsumeRequest, Batch> {
    private final Listener listener;
    private ClientCallStreamObserver<ConsumeRequest> requests;

    Responses(Listener listener) {
      this.listener = listener;
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<ConsumeRequest> stream) {
      requests = stream;
      stream.disableAutoRequestWithInitial(0);
      stream.setOnReadyHandler(listener::ready);
    }

    @Override
    public void onNext(Batch batch) {
      listener.batch(batch);
    }

    @Override
    public void onError(Throwable error) {
      listener.ended(Status.fromThrowable(error));
    }

    @Override
    public void onCompleted() {
      listener.ended(Status.OK);
    }
  }
}
