package io.tidemark.gateway.server;

import com.google.protobuf.ByteString;
import io.grpc.BindableService;
import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.tidemark.gateway.pgcapture.CaptureParameters;
import io.tidemark.gateway.pgcapture.CaptureWriter;
import io.tidemark.gateway.pgcapture.CheckpointCodec;
import io.tidemark.gateway.pgcapture.CheckpointCodec.Target;
import io.tidemark.gateway.routing.Publisher;
import io.tidemark.gateway.wire.Answers;
import io.tidemark.gateway.wire.Attach;
import io.tidemark.gateway.wire.Dump;
import io.tidemark.gateway.wire.DumpedRows;
import io.tidemark.gateway.wire.pgcapture.CaptureAck;
import io.tidemark.gateway.wire.pgcapture.CaptureInit;
import io.tidemark.gateway.wire.pgcapture.CaptureRequest;
import io.tidemark.gateway.wire.pgcapture.DBLogGatewayGrpc;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The merged stream for pgcapture's clients. */
final class CaptureService implements BindableService {
  private static final Logger LOG = LoggerFactory.getLogger(CaptureService.class);

  /** With messages that are encoded here, straight from PostgreSQL's bytes. */
  private static final MethodDescriptor<CaptureRequest, byte[]> CAPTURE =
      DBLogGatewayGrpc.getCaptureMethod().toBuilder(
              ProtoUtils.marshaller(CaptureRequest.getDefaultInstance()), RawMarshallers.BYTES)
          .build();

  private final Uris uris;
  private final ConsumerStreams streams;
  private final ServerMetrics metrics;
  private final Oversized oversized;

  /**
   * What becomes of messages that a client does not take.
   *
   * @param maxMessageBytes the largest for a client that does not say what it takes; a source may
   *     set a smaller bound
   * @param skip whether a larger one is passed over; if not, the client's stream ends with an error
   */
  record Oversized(long maxMessageBytes, boolean skip) {}

  CaptureService(Uris uris, ConsumerStreams streams, ServerMetrics metrics, Oversized oversized) {
    this.uris = uris;
    this.streams = streams;
    this.metrics = metrics;
    this.oversized = oversized;
  }

  @Override
  public ServerServiceDefinition bindService() {
    ServiceDescriptor service =
        ServiceDescriptor.newBuilder(DBLogGatewayGrpc.SERVICE_NAME)
            .setSchemaDescriptor(DBLogGatewayGrpc.getServiceDescriptor().getSchemaDescriptor())
            .addMethod(CAPTURE)
            .build();
    return ServerServiceDefinition.builder(service)
        .addMethod(
            CAPTURE,
            ServerCalls.asyncBidiStreamingCall(
                response -> new Capture((ServerCallStreamObserver<byte[]>) response)))
        .build();
  }

  /** One client's. */
  private final class Capture extends ConsumerStream<CaptureRequest, byte[]> {
    private volatile CaptureParameters parameters;
    private volatile String uri;
    private final Recurring requeues = new Recurring();

    /** Null before the first publisher. */
    private CaptureWriter writer;

    /** The largest message if the client does not say what it takes. */
    private long bound;

    /** Rows of dumps that are with the client, by dump id. Under the lock. */
    private final Map<Integer, Long> out = new HashMap<>();

    /** Of these, those that a former run of the publisher sent: they are answered first. */
    private final Map<Integer, Long> former = new HashMap<>();

    Capture(ServerCallStreamObserver<byte[]> response) {
      super(response, streams, metrics);
    }

    @Override
    public void onNext(CaptureRequest request) {
      if (hasEnded()) {
        return;
      }
      try {
        if (parameters == null) {
          init(request);
        } else {
          acknowledge(request);
        }
      } catch (StatusException e) {
        end(e.getStatus());
      }
    }

    private void init(CaptureRequest request) throws StatusException {
      CaptureInit init = request.getInit();
      if (!request.hasInit()) {
        throw Status.INVALID_ARGUMENT
            .withDescription("the first request should be a CaptureInit message")
            .asException();
      }
      try {
        parameters = CaptureParameters.of(init.getParameters());
      } catch (IllegalArgumentException e) {
        throw Status.INVALID_ARGUMENT.withDescription(e.getMessage()).asException();
      }
      uri = init.getUri();
      uris.whenAllowed(uri, false, () -> subscribe(uris.route(uri)), this::end);
    }

    private void acknowledge(CaptureRequest request) throws StatusException {
      CaptureAck ack = request.getAck();
      if (!request.hasAck()) {
        throw Status.INVALID_ARGUMENT
            .withDescription("a request after the first should be a CaptureAck message")
            .asException();
      }
      if (!ack.hasCheckpoint()) {
        throw Status.INVALID_ARGUMENT
            .withDescription("an acknowledgement without a checkpoint")
            .asException();
      }
      Target target;
      try {
        target = CheckpointCodec.target(ack.getCheckpoint());
      } catch (IllegalArgumentException e) {
        throw Status.INVALID_ARGUMENT.withDescription(e.getMessage()).asException();
      }
      String reason = ack.getRequeueReason();
      metrics.answers.increment();
      if (!reason.isEmpty()) {
        metrics.requeues.increment();
        logRequeue(reason);
      }
      target.either(change -> answered(change, reason), row -> answered(row, reason));
    }

    private void logRequeue(String reason) {
      long count = requeues.happens(System.nanoTime());
      if (count > 0) {
        LOG.info(
            "{}: a client gave {} message(s) back, the last one for: {}",
            uri,
            count,
            Printable.line(reason));
      }
    }

    /** Nothing happens for a change of a former run, which comes again. */
    private void answered(Target.Change change, String reason) {
      Publisher to = publisher();
      if (to == null || change.run() != to.identity().run()) {
        return;
      }
      if (reason.isEmpty()) {
        to.answer(flow(), answers -> answers.addAcknowledged(change.sequence()));
      } else {
        to.answer(flow(), answers -> answers.addGivenBack(change.sequence()));
      }
    }

    private void answered(Target.DumpedRow row, String reason) {
      Publisher to = publisher();
      if (!isOfFormerRun(row.dumpId()) && to != null) {
        to.answer(flow(), answers -> dumped(answers, row.dumpId(), reason));
      }
    }

    private synchronized boolean isOfFormerRun(int dumpId) {
      out.computeIfPresent(dumpId, (id, count) -> count == 1 ? null : count - 1);
      Long left = former.computeIfPresent(dumpId, (id, count) -> count - 1);
      if (left == null) {
        return false;
      }
      if (left == 0) {
        former.remove(dumpId);
      }
      return true;
    }

    private static void dumped(Answers.Builder answers, int dumpId, String reason) {
      if (reason.isEmpty()) {
        for (DumpedRows.Builder each : answers.getDumpedBuilderList()) {
          if (each.getId() == dumpId) {
            each.setAcknowledged(each.getAcknowledged() + 1);
            return;
          }
        }
        answers.addDumpedBuilder().setId(dumpId).setAcknowledged(1);
      } else {
        answers.addDumpedBuilder().setId(dumpId).setRequeueReason(reason);
      }
    }

    @Override
    public Attach wants(long number) {
      return Attach.newBuilder()
          .setFlow(number)
          .setOneByOne(true)
          .setRowsOnly(true)
          .setTables(parameters.tableRegex())
          .build();
    }

    @Override
    void restarted(Publisher newcomer) {
      former.clear();
      former.putAll(out);
      writer = new CaptureWriter(newcomer.identity().run());
      long ofSource = newcomer.maxMessageBytes();
      bound =
          ofSource == 0
              ? oversized.maxMessageBytes()
              : Math.min(ofSource, oversized.maxMessageBytes());
    }

    @Override
    boolean send(ByteString batch) throws StatusException {
      try {
        if (!writer.isWithinBatch()) {
          writer.begin(batch);
        }
        while (isReady()) {
          byte[] next = writer.next();
          if (next == null) {
            return true;
          }
          putOrSkip(next);
        }
        return false;
      } catch (IOException e) {
        LOG.error("A publisher's batch cannot be read", e);
        throw Status.INTERNAL
            .withDescription("the publisher's events cannot be read")
            .asException();
      }
    }

    private void putOrSkip(byte[] message) throws StatusException {
      long most = parameters.maxMessageBytes() == 0 ? bound : parameters.maxMessageBytes();
      if (message.length <= most) {
        Dump dump = writer.dump();
        if (dump != null) {
          out.merge(dump.getId(), 1L, Long::sum);
        }
        put(message, message.length);
        return;
      }
      if (!oversized.skip()) {
        throw Status.OUT_OF_RANGE
            .withDescription(
                ("a message of %d bytes, and the client takes %d: let it take larger ones, and say"
                        + " so by its parameter MaxMessageBytes, the source's setting"
                        + " gateway.max-message-size and the server's --max-message-bytes; or let"
                        + " the server skip such")
                    .formatted(message.length, most))
            .asException();
      }
      metrics.skipped.increment();
      LOG.warn("A message of {} bytes is skipped: the client takes {}", message.length, most);
      Publisher to = publisher();
      Dump dump = writer.dump();
      long sequence = writer.sequence();
      if (to != null) {
        to.answer(
            flow(),
            answers -> {
              if (dump == null) {
                answers.addAcknowledged(sequence);
              } else {
                dumped(answers, dump.getId(), "");
              }
            });
      }
    }
  }
}
