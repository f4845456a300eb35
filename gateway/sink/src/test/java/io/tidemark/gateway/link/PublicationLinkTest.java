package io.tidemark.gateway.link;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.UnknownFieldSet;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.tidemark.gateway.outbox.Outbox;
import io.tidemark.gateway.outbox.OutboxState;
import io.tidemark.gateway.wire.Hello;
import io.tidemark.gateway.wire.PublicationGrpc.PublicationImplBase;
import io.tidemark.gateway.wire.PublishRequest;
import io.tidemark.gateway.wire.PublishResponse;
import io.tidemark.gateway.wire.Welcome;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A sink's link to a server that says what it likes. */
@Timeout(60)
class PublicationLinkTest {
  private final BlockingQueue<StreamObserver<PublishResponse>> streams =
      new LinkedBlockingQueue<>();
  private final BlockingQueue<Throwable> fatal = new LinkedBlockingQueue<>();
  private Server server;

  @BeforeEach
  void listen() throws Exception {
    server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .addService(
                new PublicationImplBase() {
                  @Override
                  public StreamObserver<PublishRequest> publish(
                      StreamObserver<PublishResponse> response) {
                    streams.add(response);
                    return new Unread();
                  }
                })
            .build()
            .start();
  }

  @AfterEach
  void stop() {
    server.shutdownNow();
  }

  private static final class Unread implements StreamObserver<PublishRequest> {
    @Override
    public void onNext(PublishRequest request) {}

    @Override
    public void onError(Throwable failure) {}

    @Override
    public void onCompleted() {}
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatItDoesNotUnderstandIsForGood(boolean named) throws Exception {
    UnknownFieldSet fields = named ? Unknown.FIELD : UnknownFieldSet.getDefaultInstance();
    Outbox outbox = new Outbox(new Outbox.Options(16, 1000, 1000, 1000), OutboxState.empty());
    Hello hello = Hello.newBuilder().setUri("shop").setJob("job").build();
    GatewayEndpoint gateway = GatewayEndpoint.plain("127.0.0.1", server.getPort());
    try (PublicationLink link = new PublicationLink(gateway, hello, outbox, fatal::add)) {
      link.start();
      StreamObserver<PublishResponse> stream = streams.poll(20, TimeUnit.SECONDS);
      assertThat(stream).isNotNull();
      stream.onNext(PublishResponse.newBuilder().setWelcome(Welcome.getDefaultInstance()).build());
      stream.onNext(PublishResponse.newBuilder().setUnknownFields(fields).build());
      assertThat(fatal.poll(20, TimeUnit.SECONDS))
          .isNotNull()
          .hasMessageContaining("'shop'")
          .hasMessageContaining("a PublishResponse")
          .hasMessageContaining(named ? "field " + Unknown.NUMBER : "nothing is set")
          .hasMessageContaining("update the job's jars");
      assertThat(link.isConnected()).isFalse();
      assertThat(streams.poll(500, TimeUnit.MILLISECONDS)).as("it does not try again").isNull();
    }
    assertThat(fatal).as("it says so once").isEmpty();
  }
}
