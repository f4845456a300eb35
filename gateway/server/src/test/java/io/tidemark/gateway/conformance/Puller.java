package io.tidemark.gateway.conformance;

import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.tidemark.gateway.wire.pgcapture.DBLogControllerGrpc;
import io.tidemark.gateway.wire.pgcapture.DumpInfoRequest;
import io.tidemark.gateway.wire.pgcapture.DumpInfoResponse;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A stream of {@code PullDumpInfo}, as a client of pgcapture has it. */
final class Puller implements ClientResponseObserver<DumpInfoRequest, DumpInfoResponse> {
  private static final long PATIENCE_SECONDS = 30;

  private final BlockingQueue<DumpInfoResponse> ranges = new LinkedBlockingQueue<>();
  private final CompletableFuture<Status> end = new CompletableFuture<>();
  private ClientCallStreamObserver<DumpInfoRequest> requests;

  private Puller() {}

  /** Opens a stream without a word. */
  static Puller open(Channel channel) {
    Puller puller = new Puller();
    DBLogControllerGrpc.newStub(channel).pullDumpInfo(puller);
    return puller;
  }

  static Puller of(Channel channel, String uri) {
    Puller puller = open(channel);
    puller.send(DumpInfoRequest.newBuilder().setUri(uri).build());
    return puller;
  }

  void send(DumpInfoRequest request) {
    requests.onNext(request);
  }

  void acknowledge() {
    send(DumpInfoRequest.getDefaultInstance());
  }

  void requeue(String reason) {
    send(DumpInfoRequest.newBuilder().setRequeueReason(reason).build());
  }

  /** As of a client that dies. */
  void disconnect() {
    requests.cancel("gone", null);
  }

  void complete() {
    requests.onCompleted();
  }

  /** The first page of the next range. */
  long next() throws InterruptedException {
    return Integer.toUnsignedLong(nextRange().getPageBegin());
  }

  DumpInfoResponse nextRange() throws InterruptedException {
    DumpInfoResponse range = ranges.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
    if (range == null) {
      throw new AssertionError("no range came; the stream is " + (end.isDone() ? end : "open"));
    }
    return range;
  }

  /** Whether all that came has been taken: one that comes later is not seen. */
  boolean hasNone() {
    return ranges.isEmpty();
  }

  Status end() throws Exception {
    return end.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  @Override
  public void beforeStart(ClientCallStreamObserver<DumpInfoRequest> stream) {
    requests = stream;
  }

  @Override
  public void onNext(DumpInfoResponse range) {
    ranges.add(range);
  }

  @Override
  public void onError(Throwable error) {
    end.complete(Status.fromThrowable(error));
  }

  @Override
  public void onCompleted() {
    end.complete(Status.OK);
  }
}
