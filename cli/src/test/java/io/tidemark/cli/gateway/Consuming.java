package io.tidemark.cli.gateway;

import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.tidemark.gateway.client.ChangeConsumer;
import io.tidemark.gateway.transport.Backoff;
import io.tidemark.gateway.wire.pgcapture.CaptureMessage;
import io.tidemark.gateway.wire.pgcapture.CaptureRequest;
import io.tidemark.gateway.wire.pgcapture.DBLogGatewayGrpc;
import io.tidemark.gateway.wire.pgcapture.Field;
import io.tidemark.postgres.change.Op;
import io.tidemark.postgres.change.RowChange;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;

/** A consumer that records each change and acknowledges it then, until it is closed. */
interface Consuming extends AutoCloseable {
  /** Whose protocol it speaks. */
  enum Protocol {
    OURS,
    PGCAPTURE
  }

  /** Throws what it failed with, if it did. */
  void check();

  @Override
  void close();

  /**
   * Starts to consume.
   *
   * @param target host and port
   * @param name under which it records
   */
  static Consuming start(
      Protocol protocol, String target, String uri, String name, Consumer<RecordedRow> record) {
    return switch (protocol) {
      case OURS -> new Ours(target, uri, name, record);
      case PGCAPTURE -> new Pgcapture(target, uri, name, record);
    };
  }

  /** The library of this project. */
  final class Ours implements Consuming {
    private static final long BUFFER_BYTES = 256 << 10;

    private final ChangeConsumer consumer;
    private final CompletableFuture<Void> end;

    private Ours(String target, String uri, String name, Consumer<RecordedRow> record) {
      this.consumer =
          ChangeConsumer.builder()
              .target(target)
              .uri(uri)
              .on("public.t", change -> record.accept(row(name, change)))
              // Less than comes at once, so that it is held up by what is not handled.
              .bufferBytes(BUFFER_BYTES)
              .reconnectBackoff(new Backoff(Duration.ofMillis(100), Duration.ofSeconds(1)))
              .build();
      this.end = consumer.start();
    }

    private static RecordedRow row(String name, RowChange change) {
      if (change.isDelete()) {
        int id = (Integer) change.getOld("id");
        return new RecordedRow(
            name, 'D', change.commitLsn(), change.ordinal(), id, id, 0, RecordedRow.NONE);
      }
      int id = change.getInt("id");
      boolean read = change.op() == Op.READ;
      return new RecordedRow(
          name,
          read ? 'R' : 'W',
          change.commitLsn(),
          change.ordinal(),
          id,
          change.oldTuple() == null ? id : (Integer) change.getOld("id"),
          change.getLong("version"),
          change.isUnchanged("big")
              ? RecordedRow.UNCHANGED
              : RecordedRow.hash(change.getString("big")));
    }

    @Override
    public void check() {
      if (end.isDone()) {
        end.join();
      }
    }

    @Override
    public void close() {
      consumer.close();
    }
  }

  /** A client of pgcapture's that begins again when its stream ends. */
  final class Pgcapture implements Consuming {
    private static final long PAUSE_MILLIS = 100;

    private final String target;
    private final String uri;
    private final String name;
    private final Consumer<RecordedRow> record;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread thread;
    private Stream stream;

    private Pgcapture(String target, String uri, String name, Consumer<RecordedRow> record) {
      this.target = target;
      this.uri = uri;
      this.name = name;
      this.record = record;
      this.thread = new Thread(this::run, "pgcapture-" + name);
      thread.setDaemon(true);
      thread.start();
    }

    private void run() {
      try {
        do {
          ManagedChannel channel =
              Grpc.newChannelBuilder(target, InsecureChannelCredentials.create()).build();
          Stream next = begin(channel);
          if (next != null) {
            next.ended.await();
          }
          channel.shutdownNow();
        } while (!closed.await(PAUSE_MILLIS, java.util.concurrent.TimeUnit.MILLISECONDS));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    /** The next stream; null if there is to be none. */
    private synchronized Stream begin(ManagedChannel channel) {
      if (closed.getCount() == 0) {
        return null;
      }
      stream = new Stream();
      DBLogGatewayGrpc.newStub(channel).capture(stream);
      stream.begin();
      return stream;
    }

    private synchronized void end() {
      closed.countDown();
      if (stream != null) {
        stream.cancel();
      }
    }

    @Override
    public void check() {}

    @Override
    public void close() {
      end();
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    private final class Stream implements ClientResponseObserver<CaptureRequest, CaptureMessage> {
      private final CountDownLatch ended = new CountDownLatch(1);
      private ClientCallStreamObserver<CaptureRequest> requests;

      @Override
      public void beforeStart(ClientCallStreamObserver<CaptureRequest> call) {
        requests = call;
      }

      void begin() {
        CaptureRequest.Builder request = CaptureRequest.newBuilder();
        request.getInitBuilder().setUri(uri);
        requests.onNext(request.build());
      }

      void cancel() {
        requests.cancel("the consumer leaves", null);
      }

      @Override
      public void onNext(CaptureMessage message) {
        record.accept(row(message));
        CaptureRequest.Builder request = CaptureRequest.newBuilder();
        request.getAckBuilder().setCheckpoint(message.getCheckpoint());
        requests.onNext(request.build());
      }

      private RecordedRow row(CaptureMessage message) {
        io.tidemark.gateway.wire.pgcapture.Change change = message.getChange();
        long lsn = message.getCheckpoint().getLsn();
        long ordinal = lsn == 0 ? 0 : Integer.toUnsignedLong(message.getCheckpoint().getSeq());
        Field oldId = field(change.getOldList(), "id");
        if (change.getNewCount() == 0) {
          int id = oldId.getBinary().asReadOnlyByteBuffer().getInt();
          return new RecordedRow(name, 'D', lsn, ordinal, id, id, 0, RecordedRow.NONE);
        }
        int id = field(change.getNewList(), "id").getBinary().asReadOnlyByteBuffer().getInt();
        Field big = field(change.getNewList(), "big");
        return new RecordedRow(
            name,
            lsn == 0 ? 'R' : 'W',
            lsn,
            ordinal,
            id,
            oldId == null ? id : oldId.getBinary().asReadOnlyByteBuffer().getInt(),
            field(change.getNewList(), "version").getBinary().asReadOnlyByteBuffer().getLong(),
            big == null
                ? RecordedRow.UNCHANGED
                : RecordedRow.hash(big.getBinary().asReadOnlyByteBuffer()));
      }

      private static Field field(List<Field> fields, String name) {
        return fields.stream().filter(each -> each.getName().equals(name)).findAny().orElse(null);
      }

      @Override
      public void onError(Throwable failure) {
        ended.countDown();
      }

      @Override
      public void onCompleted() {
        ended.countDown();
      }
    }
  }
}
