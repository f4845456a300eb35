package io.tidemark.gateway.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.tidemark.gateway.wire.Batch;
import io.tidemark.gateway.wire.ChangeStreamGrpc;
import io.tidemark.gateway.wire.ConsumeRequest;
import io.tidemark.gateway.wire.Event;
import io.tidemark.gateway.wire.Start;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A client of our own protocol, by hand: as little as can be between the test and the wire. */
final class StreamClient implements ClientResponseObserver<ConsumeRequest, Batch> {
  private static final int PATIENCE_SECONDS = 20;

  /** As they came. */
  final BlockingQueue<Event> events = new LinkedBlockingQueue<>();

  final CompletableFuture<Status> end = new CompletableFuture<>();
  private final boolean reads;
  private ClientCallStreamObserver<ConsumeRequest> requests;

  private StreamClient(boolean reads) {
    this.reads = reads;
  }

  /** A stream of which nothing was sent. */
  static StreamClient of(ChangeStreamGrpc.ChangeStreamStub stub) {
    StreamClient client = new StreamClient(true);
    stub.consume(client);
    return client;
  }

  static StreamClient of(ManagedChannel channel, Start.Builder start) {
    StreamClient client = of(ChangeStreamGrpc.newStub(channel));
    client.send(ConsumeRequest.newBuilder().setStart(start).build());
    return client;
  }

  /** One that takes no batch before it is told to. */
  static StreamClient stalled(ManagedChannel channel, Start.Builder start) {
    StreamClient client = new StreamClient(false);
    ChangeStreamGrpc.newStub(channel).consume(client);
    client.send(ConsumeRequest.newBuilder().setStart(start).build());
    return client;
  }

  /** Takes so many batches. */
  void request(int batches) {
    requests.request(batches);
  }

  void send(ConsumeRequest request) {
    requests.onNext(request);
  }

  void acknowledge(long number) {
    send(ConsumeRequest.newBuilder().setAcknowledged(number).build());
  }

  void giveBack(long from) {
    ConsumeRequest.Builder request = ConsumeRequest.newBuilder();
    request.getGiveBackBuilder().setFrom(from).setReason("the test's");
    send(request.build());
  }

  /** The next event, which must come. */
  Event next() throws InterruptedException {
    Event event = events.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
    assertThat(event).as("an event, of a stream with the end %s", end.getNow(null)).isNotNull();
    return event;
  }

  /** The next events, in short. */
  List<String> take(int count) throws InterruptedException {
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      texts.add(text(next()));
    }
    return texts;
  }

  /** "op id=name" of a row; what kind it is of any other. */
  static String text(Event event) {
    return switch (event.getTypeCase()) {
      case ROW -> event.getRow().getOp() + " " + row(event);
      case TABLE -> "TABLE " + event.getTable().getName();
      case AGAIN -> "AGAIN " + event.getAgain().getFrom();
      default -> event.getTypeCase().toString();
    };
  }

  /** "id=name", of {@link TestJob}'s tuples. */
  static String row(Event event) {
    var tuple = event.getRow().getNewRow();
    int id = tuple.substring(7, 11).asReadOnlyByteBuffer().getInt();
    return id + "=" + tuple.substring(16).toStringUtf8();
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
  public void beforeStart(ClientCallStreamObserver<ConsumeRequest> stream) {
    requests = stream;
    if (!reads) {
      stream.disableAutoRequestWithInitial(0);
    }
  }

  @Override
  public void onNext(Batch batch) {
    events.addAll(batch.getEventsList());
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
