package io.tidemark.gateway.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.tidemark.gateway.wire.pgcapture.CaptureMessage;
import io.tidemark.gateway.wire.pgcapture.CaptureRequest;
import io.tidemark.gateway.wire.pgcapture.Checkpoint;
import io.tidemark.gateway.wire.pgcapture.DBLogGatewayGrpc;
import io.tidemark.gateway.wire.pgcapture.Field;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A client of pgcapture's, by hand: as little as can be between the test and the wire. */
final class CaptureClient implements ClientResponseObserver<CaptureRequest, CaptureMessage> {
  private static final int PATIENCE_SECONDS = 20;

  final BlockingQueue<CaptureMessage> messages = new LinkedBlockingQueue<>();
  final CompletableFuture<Status> end = new CompletableFuture<>();
  private ClientCallStreamObserver<CaptureRequest> requests;

  /** A stream of which nothing was sent. */
  CaptureClient(ManagedChannel channel) {
    this(DBLogGatewayGrpc.newStub(channel));
  }

  CaptureClient(DBLogGatewayGrpc.DBLogGatewayStub stub) {
    stub.capture(this);
  }

  static CaptureClient of(ManagedChannel channel, String uri, Map<String, Value> parameters) {
    CaptureClient client = new CaptureClient(channel);
    client.init(uri, parameters);
    return client;
  }

  static CaptureClient of(ManagedChannel channel, String uri) {
    return of(channel, uri, Map.of());
  }

  void init(String uri, Map<String, Value> parameters) {
    CaptureRequest.Builder request = CaptureRequest.newBuilder();
    request
        .getInitBuilder()
        .setUri(uri)
        .setParameters(Struct.newBuilder().putAllFields(parameters).build());
    send(request.build());
  }

  void send(CaptureRequest request) {
    requests.onNext(request);
  }

  void acknowledge(CaptureMessage message) {
    acknowledge(message.getCheckpoint());
  }

  void acknowledge(Checkpoint checkpoint) {
    CaptureRequest.Builder request = CaptureRequest.newBuilder();
    request.getAckBuilder().setCheckpoint(checkpoint);
    send(request.build());
  }

  void requeue(CaptureMessage message, String reason) {
    CaptureRequest.Builder request = CaptureRequest.newBuilder();
    request.getAckBuilder().setCheckpoint(message.getCheckpoint()).setRequeueReason(reason);
    send(request.build());
  }

  /** The next message, which must come. */
  CaptureMessage next() throws InterruptedException {
    CaptureMessage message = messages.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
    assertThat(message).as("a message, of a stream with the end %s", end.getNow(null)).isNotNull();
    return message;
  }

  /** The next message, acknowledged: "table:id=name". */
  String take() throws InterruptedException {
    CaptureMessage message = next();
    acknowledge(message);
    return text(message);
  }

  static String text(CaptureMessage message) {
    String table = message.getChange().getTable();
    Field id = message.getChange().getNew(0);
    Field name = message.getChange().getNew(1);
    return "%s:%d=%s"
        .formatted(
            table, id.getBinary().asReadOnlyByteBuffer().getInt(), name.getBinary().toStringUtf8());
  }

  /** How the stream ends, which it must. */
  Status end() throws Exception {
    return end.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  /** Goes without a word. */
  void cancel() {
    requests.cancel("the test's client goes", null);
  }

  void complete() {
    requests.onCompleted();
  }

  @Override
  public void beforeStart(ClientCallStreamObserver<CaptureRequest> stream) {
    requests = stream;
  }

  @Override
  public void onNext(CaptureMessage message) {
    messages.add(message);
  }

  @Override
  public void onError(Throwable failure) {
    end.complete(Status.fromThrowable(failure));
  }

  @Override
  public void onCompleted() {
    end.complete(Status.OK);
  }
}
