package io.tidemark.benchmarks;

import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.tidemark.gateway.wire.DumpsGrpc;
import io.tidemark.gateway.wire.DumpsRequest;
import io.tidemark.gateway.wire.DumpsScheduleRequest;
import io.tidemark.gateway.wire.DumpsStatus;
import io.tidemark.jobs.Failure;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Asks a gateway for dumps on demand. */
final class DumpCalls implements AutoCloseable {
  /** The server answers no more than 100 calls a second of one connection. */
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(15);

  private static final long PATIENCE_NANOS = TimeUnit.MINUTES.toNanos(5);
  private static final DumpsRequest URI =
      DumpsRequest.newBuilder().setUri(GatewayRunner.URI).build();
  private static final double NANOS = 1e9;

  private final ManagedChannel channel;
  private final DumpsGrpc.DumpsBlockingStub dumps;

  DumpCalls(int controllerPort) {
    channel =
        Grpc.newChannelBuilder("localhost:" + controllerPort, InsecureChannelCredentials.create())
            .build();
    dumps = DumpsGrpc.newBlockingStub(channel);
  }

  /**
   * Has the first pages of a table read, each a range of its own, all asked for in one call.
   *
   * @return how many seconds passed until all of them were done, and their rows acknowledged
   */
  double secondsOf(String table, int pages) {
    DumpsScheduleRequest.Builder request =
        DumpsScheduleRequest.newBuilder().setUri(GatewayRunner.URI);
    for (int page = 0; page < pages; page++) {
      request.addTablesBuilder().setSchema("public").setName(table).setFirst(page).setLast(page);
    }
    long start = System.nanoTime();
    DumpsStatus status = dumps.schedule(request.build());
    while (status.getWaiting() + status.getRunning() > 0) {
      if (!status.getLastProblem().isEmpty() || System.nanoTime() - start > PATIENCE_NANOS) {
        throw new Failure("the dump of %d pages comes to nothing: %s".formatted(pages, status));
      }
      LockSupport.parkNanos(LOOK_NANOS);
      status = dumps.status(URI);
    }
    return (System.nanoTime() - start) / NANOS;
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
