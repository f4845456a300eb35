package io.tidemark.gateway.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.tidemark.gateway.wire.Batch;
import io.tidemark.gateway.wire.PublicationGrpc;
import io.tidemark.gateway.wire.PublishRequest;
import io.tidemark.gateway.wire.PublishResponse;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** A sink, by hand, with one consumer: sends batches of one event as long as its window is open. */
final class RawPublisher implements ClientResponseObserver<PublishRequest, PublishResponse> {
  /** What the server has granted, and what was sent. */
  final AtomicLong granted = new AtomicLong();

  final AtomicLong sent = new AtomicLong();
  private final CountDownLatch welcome = new CountDownLatch(1);
  private final ByteString batch;
  private ClientCallStreamObserver<PublishRequest> requests;
  private long flow;

  RawPublisher(ManagedChannel channel, String uri, int eventBytes) throws InterruptedException {
    Batch.Builder one = Batch.newBuilder();
    one.addEventsBuilder()
        .getMessageBuilder()
        .setContent(ByteString.copyFrom(new byte[eventBytes]));
    batch = one.build().toByteString();
    PublicationGrpc.newStub(channel).publish(this);
    PublishRequest.Builder hello = PublishRequest.newBuilder();
    hello.getHelloBuilder().setUri(uri).setJob("raw").setEpoch(1).setRun(5);
    requests.onNext(hello.build());
    assertThat(welcome.await(20, TimeUnit.SECONDS)).isTrue();
  }

  @Override
  public void beforeStart(ClientCallStreamObserver<PublishRequest> stream) {
    requests = stream;
  }

  @Override
  public void onNext(PublishResponse response) {
    switch (response.getTypeCase()) {
      case WELCOME -> welcome.countDown();
      case ATTACH -> flow = response.getAttach().getFlow();
      case WINDOW -> {
        granted.addAndGet(response.getWindow().getBytes());
        while (sent.get() < granted.get()) {
          PublishRequest.Builder delivery = PublishRequest.newBuilder();
          delivery.getDeliveryBuilder().setFlow(flow).setBatch(batch);
          requests.onNext(delivery.build());
          sent.addAndGet(batch.size());
        }
      }
      default -> {
        // Nothing that it would act upon.
      }
    }
  }

  @Override
  public void onError(Throwable failure) {}

  @Override
  public void onCompleted() {}
}
