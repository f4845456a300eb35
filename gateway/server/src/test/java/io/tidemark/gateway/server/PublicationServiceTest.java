package io.tidemark.gateway.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.tidemark.gateway.routing.Publisher;
import io.tidemark.gateway.routing.Routes;
import io.tidemark.gateway.routing.Subscriber;
import io.tidemark.gateway.schedule.DumpController;
import io.tidemark.gateway.schedule.ScheduleStore;
import io.tidemark.gateway.transport.ManualTimer;
import io.tidemark.gateway.wire.Attach;
import io.tidemark.gateway.wire.PublishRequest;
import io.tidemark.gateway.wire.PublishResponse;
import io.tidemark.gateway.wire.PublishResponse.TypeCase;
import io.tidemark.gateway.wire.Refusal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a sink's stream does, message by message. */
class PublicationServiceTest {
  private final ManualTimer timer = new ManualTimer();
  private final Uris uris =
      new Uris(
          uri -> Optional.of(Map.of()),
          new Routes(GatewayOptions.DEFAULT_WAITS, timer),
          Runnable::run);
  private final Consumer consumer = new Consumer();
  private ScheduleStore store;
  private PublicationService service;

  @BeforeEach
  void start() throws Exception {
    store = ScheduleStore.inMemory();
    service =
        new PublicationService(
            uris, new Steering(new DumpController(store, timer)), timer, Runnable::run);
  }

  @AfterEach
  void stop() throws Exception {
    store.close();
  }

  /** Writes down what it hears. */
  private static final class Consumer implements Subscriber {
    final List<String> delivered = new ArrayList<>();
    final List<Refusal> refusals = new ArrayList<>();

    @Override
    public Attach wants(long flow) {
      return Attach.newBuilder().setFlow(flow).build();
    }

    @Override
    public void published(Publisher publisher, long flow) {}

    @Override
    public void deliver(Publisher from, ByteString batch) {
      delivered.add(from.identity().epoch() + " " + batch.toStringUtf8());
    }

    @Override
    public void abandoned() {}

    @Override
    public void refused(Refusal refusal) {
      refusals.add(refusal);
    }

    @Override
    public void unavailable(String reason) {}
  }

  /** The other end of a call. */
  private static final class Call extends ServerCallStreamObserver<PublishResponse> {
    final List<PublishResponse> responses = new ArrayList<>();
    Status end;

    @Override
    public void onNext(PublishResponse response) {
      responses.add(response);
    }

    @Override
    public void onError(Throwable failure) {
      end = Status.fromThrowable(failure);
    }

    @Override
    public void onCompleted() {
      end = Status.OK;
    }

    @Override
    public boolean isCancelled() {
      return false;
    }

    @Override
    public boolean isReady() {
      return true;
    }

    @Override
    public void setOnCancelHandler(Runnable handler) {}

    @Override
    public void setOnReadyHandler(Runnable handler) {}

    @Override
    public void setCompression(String compression) {}

    @Override
    public void disableAutoInboundFlowControl() {}

    @Override
    public void request(int count) {}

    @Override
    public void setMessageCompression(boolean enable) {}
  }

  private static PublishRequest hello(long epoch) {
    PublishRequest.Builder request = PublishRequest.newBuilder();
    request.getHelloBuilder().setUri("shop").setJob("job").setEpoch(epoch).setRun(epoch);
    return request.build();
  }

  private static PublishRequest delivery(long flow, String batch, boolean more) {
    PublishRequest.Builder request = PublishRequest.newBuilder();
    request
        .getDeliveryBuilder()
        .setFlow(flow)
        .setBatch(ByteString.copyFromUtf8(batch))
        .setMore(more);
    return request.build();
  }

  private static PublishRequest refusal(long flow) {
    PublishRequest.Builder request = PublishRequest.newBuilder();
    request.getRefusalBuilder().setFlow(flow).setReason("the zombie's");
    return request.build();
  }

  /** A stream that begins with its hello, of a caller who may do anything. */
  private StreamObserver<PublishRequest> publish(Call call, long epoch) {
    StreamObserver<PublishRequest> requests = service.publish(call);
    Access.open()
        .interceptCall(
            null,
            new Metadata(),
            (permitted, headers) -> {
              requests.onNext(hello(epoch));
              return new ServerCall.Listener<>() {};
            });
    return requests;
  }

  @Test
  void aSinkIsWelcomedBeforeItHearsOfConsumers() {
    uris.route("shop").subscribe(consumer);
    Call call = new Call();
    StreamObserver<PublishRequest> requests = publish(call, 1);
    assertThat(call.responses)
        .extracting(PublishResponse::getTypeCase)
        .containsExactly(TypeCase.WELCOME, TypeCase.ATTACH, TypeCase.WINDOW);
    assertThat(call.responses.get(2).getWindow().getBytes()).isEqualTo(1 << 20);
    requests.onNext(delivery(1, "a", true));
    requests.onNext(delivery(1, "b", false));
    requests.onNext(delivery(2, "nobody's", false));
    requests.onNext(delivery(1, "c", false));
    assertThat(consumer.delivered).containsExactly("1 ab", "1 c");
    requests.onNext(hello(1));
    assertThat(call.end.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
  }

  @Test
  void whatAFencedSinkSaysCountsForNothing() {
    uris.route("shop").subscribe(consumer);
    Call former = new Call();
    StreamObserver<PublishRequest> zombie = publish(former, 1);
    Call call = new Call();
    StreamObserver<PublishRequest> requests = publish(call, 2);
    assertThat(former.end.getCode()).isEqualTo(Status.Code.ABORTED);
    // On their way when it was fenced.
    zombie.onNext(delivery(1, "old", false));
    zombie.onNext(refusal(1));
    assertThat(consumer.refusals).isEmpty();
    assertThat(consumer.delivered).isEmpty();
    requests.onNext(delivery(1, "new", false));
    assertThat(consumer.delivered).containsExactly("2 new");
    requests.onNext(refusal(1));
    assertThat(consumer.refusals).hasSize(1);
  }
}
