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
import io.tidemark.gateway.event.TableFilter;
import io.tidemark.gateway.routing.Publisher;
import io.tidemark.gateway.wire.Answers;
import io.tidemark.gateway.wire.Attach;
import io.tidemark.gateway.wire.ChangeStreamGrpc;
import io.tidemark.gateway.wire.ConsumeRequest;
import io.tidemark.gateway.wire.GiveBack;
import io.tidemark.gateway.wire.Start;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The merged stream for our own clients: the publisher's batches, as they come. */
final class ChangeStreamService implements BindableService {
  private static final Logger LOG = LoggerFactory.getLogger(ChangeStreamService.class);

  /** gRPC's own. */
  private static final long DEFAULT_BATCH_BYTES = 4 << 20;

  private static final MethodDescriptor<ConsumeRequest, ByteString> CONSUME =
      ChangeStreamGrpc.getConsumeMethod().toBuilder(
              ProtoUtils.marshaller(ConsumeRequest.getDefaultInstance()),
              RawMarshallers.BYTE_STRING)
          .build();

  private final Uris uris;
  private final ConsumerStreams streams;
  private final ServerMetrics metrics;
  private final boolean skipOversized;

  /**
   * @param skipOversized whether an event that a client does not take is passed over; if not, its
   *     stream ends with an error
   */
  ChangeStreamService(
      Uris uris, ConsumerStreams streams, ServerMetrics metrics, boolean skipOversized) {
    this.uris = uris;
    this.streams = streams;
    this.metrics = metrics;
    this.skipOversized = skipOversized;
  }

  @Override
  public ServerServiceDefinition bindService() {
    ServiceDescriptor service =
        ServiceDescriptor.newBuilder(ChangeStreamGrpc.SERVICE_NAME)
            .setSchemaDescriptor(ChangeStreamGrpc.getServiceDescriptor().getSchemaDescriptor())
            .addMethod(CONSUME)
            .build();
    return ServerServiceDefinition.builder(service)
        .addMethod(
            CONSUME,
            ServerCalls.asyncBidiStreamingCall(
                response -> new Consumption((ServerCallStreamObserver<ByteString>) response)))
        .build();
  }

  /** One client's. */
  private final class Consumption extends ConsumerStream<ConsumeRequest, ByteString> {
    private volatile Start start;

    Consumption(ServerCallStreamObserver<ByteString> response) {
      super(response, streams, metrics);
    }

    @Override
    public void onNext(ConsumeRequest request) {
      if (hasEnded()) {
        return;
      }
      try {
        if (start == null) {
          begin(request);
        } else {
          answer(request);
        }
      } catch (StatusException e) {
        end(e.getStatus());
      }
    }

    private void begin(ConsumeRequest request) throws StatusException {
      if (!request.hasStart()) {
        throw Status.INVALID_ARGUMENT
            .withDescription("the first request should be a start")
            .asException();
      }
      String uri = request.getStart().getUri();
      try {
        TableFilter.of(request.getStart().getTables(), true);
      } catch (IllegalArgumentException e) {
        throw Status.INVALID_ARGUMENT.withDescription("tables: " + e.getMessage()).asException();
      }
      start = request.getStart();
      uris.whenAllowed(uri, false, () -> subscribe(uris.route(uri)), this::end);
    }

    private void answer(ConsumeRequest request) throws StatusException {
      // Without a publisher the stream is about to end, and all comes again.
      Publisher to = publisher();
      metrics.answers.increment();
      switch (request.getTypeCase()) {
        case ACKNOWLEDGED -> {
          long upTo = request.getAcknowledged();
          if (to != null) {
            to.answer(flow(), answers -> acknowledge(answers, upTo));
          }
        }
        case GIVE_BACK -> {
          GiveBack back = request.getGiveBack();
          if (back.getFrom() == 0) {
            throw Status.INVALID_ARGUMENT
                .withDescription("event 0 is given back, and events are counted from 1")
                .asException();
          }
          metrics.requeues.increment();
          LOG.info("A client gives events back: {}", Printable.line(back.getReason()));
          if (to != null) {
            to.answer(flow(), answers -> answers.setAgainFrom(back.getFrom()));
          }
        }
        case START, TYPE_NOT_SET ->
            throw Status.INVALID_ARGUMENT
                .withDescription("a request after the first should be an answer")
                .asException();
      }
    }

    /** What was acknowledged and not passed on yet stays so, whatever number comes after. */
    private static void acknowledge(Answers.Builder answers, long upTo) {
      if (Long.compareUnsigned(upTo, answers.getArrived()) > 0) {
        answers.setArrived(upTo);
      }
    }

    @Override
    public Attach wants(long number) {
      return Attach.newBuilder()
          .setFlow(number)
          .setTables(start.getTables())
          .setWithSchema(true)
          .setMaxBatchBytes(
              start.getMaxBatchBytes() == 0 ? DEFAULT_BATCH_BYTES : start.getMaxBatchBytes())
          .setSkipOversized(skipOversized)
          .setDdl(start.getDdl())
          .build();
    }

    @Override
    void restarted(Publisher newcomer) {
      // The first one's: the stream does not outlive it.
    }

    @Override
    public void abandoned() {
      super.abandoned();
      // Its events are numbered by what this publisher sent.
      end(Status.UNAVAILABLE.withDescription("the job that publishes this is restarting"));
    }

    @Override
    boolean send(ByteString batch) {
      put(batch, batch.size());
      return true;
    }
  }
}
