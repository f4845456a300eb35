package io.tidemark.gateway.link;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.UnknownFieldSet;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.tidemark.gateway.transport.Shutdown;
import io.tidemark.gateway.wire.Held;
import io.tidemark.gateway.wire.PublicationGrpc.PublicationImplBase;
import io.tidemark.gateway.wire.RangeFailed;
import io.tidemark.gateway.wire.RangeProgress;
import io.tidemark.gateway.wire.RangeWanted;
import io.tidemark.gateway.wire.SteerRequest;
import io.tidemark.gateway.wire.SteerResponse;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.Logger;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Property;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class SteerLinkTest {
  private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
  private final BlockingQueue<SteerRequest> requests = new LinkedBlockingQueue<>();
  private final BlockingQueue<StreamObserver<SteerResponse>> streams = new LinkedBlockingQueue<>();
  private Server server;
  private SteerLink link;

  @BeforeEach
  void listen() throws Exception {
    listen(0);
  }

  private void listen(int port) throws Exception {
    server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
            .addService(
                new PublicationImplBase() {
                  @Override
                  public StreamObserver<SteerRequest> steer(
                      StreamObserver<SteerResponse> response) {
                    streams.add(response);
                    return new Requests(response);
                  }
                })
            .build()
            .start();
  }

  @AfterEach
  void stop() {
    if (link != null) {
      link.close();
    }
    server.shutdownNow();
  }

  private final class Requests implements StreamObserver<SteerRequest> {
    private final StreamObserver<SteerResponse> response;

    Requests(StreamObserver<SteerResponse> response) {
      this.response = response;
    }

    @Override
    public void onNext(SteerRequest request) {
      requests.add(request);
    }

    @Override
    public void onError(Throwable failure) {}

    @Override
    public void onCompleted() {
      response.onCompleted();
    }
  }

  private void link(Set<Long> held) throws Exception {
    link =
        new SteerLink(
            GatewayEndpoint.plain("127.0.0.1", server.getPort()),
            "shop",
            held,
            new SteerLink.Listener() {
              @Override
              public void wanted(RangeWanted range) {
                if (range.getFirst() > range.getLast()) {
                  throw new IllegalArgumentException("pages that are none");
                }
                heard.add("wanted " + range.getRequest());
              }

              @Override
              public void closed(long request) {
                heard.add("closed " + request);
              }

              @Override
              public void paused(boolean paused) {
                heard.add(paused ? "pause" : "go on");
              }

              @Override
              public void refused(Throwable why) {
                heard.add("refused: " + why.getMessage());
              }
            });
  }

  /** At which levels something is logged. */
  private static final class KeptLevels extends AbstractAppender {
    private final BlockingQueue<Level> levels = new LinkedBlockingQueue<>();

    KeptLevels() {
      super("levels", null, null, false, Property.EMPTY_ARRAY);
    }

    @Override
    public void append(LogEvent event) {
      levels.add(event.getLevel());
    }

    Level next() throws InterruptedException {
      return levels.poll(20, TimeUnit.SECONDS);
    }
  }

  private String heard() throws InterruptedException {
    return heard.poll(20, TimeUnit.SECONDS);
  }

  private SteerRequest request() throws InterruptedException {
    SteerRequest request = requests.poll(20, TimeUnit.SECONDS);
    assertThat(request).isNotNull();
    return request;
  }

  private StreamObserver<SteerResponse> stream() throws InterruptedException {
    StreamObserver<SteerResponse> stream = streams.poll(20, TimeUnit.SECONDS);
    assertThat(stream).isNotNull();
    return stream;
  }

  private static SteerResponse paused(boolean paused) {
    return SteerResponse.newBuilder().setPaused(paused).build();
  }

  private static SteerResponse wanted(long request) {
    return SteerResponse.newBuilder()
        .setWanted(RangeWanted.newBuilder().setRequest(request))
        .build();
  }

  private static SteerResponse closed(long request) {
    SteerResponse.Builder response = SteerResponse.newBuilder();
    response.getClosedBuilder().setRequest(request);
    return response.build();
  }

  @Test
  void theSourceIsPausedUntilTheServerSaysOtherwise() throws Exception {
    link(Set.of());
    assertThat(heard()).isEqualTo("pause");
    assertThat(request().getOpen().getUri()).isEqualTo("shop");
    StreamObserver<SteerResponse> stream = stream();
    stream.onNext(paused(true));
    stream.onNext(paused(false));
    stream.onNext(paused(false));
    stream.onNext(paused(true));
    assertThat(heard()).as("each change once").isEqualTo("go on");
    assertThat(heard()).isEqualTo("pause");
  }

  @Test
  void itPausesWhileTheServerIsSilent() throws Exception {
    link(Set.of());
    StreamObserver<SteerResponse> stream = stream();
    stream.onNext(paused(false));
    assertThat(heard()).isEqualTo("pause");
    assertThat(heard()).isEqualTo("go on");
    assertThat(heard()).as("after some seconds").isEqualTo("pause");
    stream.onNext(paused(false));
    assertThat(heard()).isEqualTo("go on");
    assertThat(streams).as("by the same connection").isEmpty();
  }

  @Test
  void itPausesWhileTheServerIsAwayAndTellsItsSuccessorWhatItHolds() throws Exception {
    link(Set.of(1L));
    assertThat(request().getOpen().getHeldList())
        .containsExactly(Held.newBuilder().setRequest(1).build());
    StreamObserver<SteerResponse> stream = stream();
    stream.onNext(paused(false));
    for (long request : new long[] {1, 2, 3, 4, 2}) {
      stream.onNext(wanted(request));
    }
    stream.onNext(closed(1));
    stream.onNext(closed(1));
    for (String expected :
        new String[] {"pause", "go on", "wanted 2", "wanted 3", "wanted 4", "closed 1"}) {
      assertThat(heard()).isEqualTo(expected);
    }
    link.progress(99, 1, 4);
    link.progress(3, 1, 4);
    link.progress(4, 0, 4);
    link.progress(4, 1, 4);
    assertThat(request().getProgress().getRequest()).isEqualTo(3);
    int port = server.getPort();
    server.shutdownNow().awaitTermination();
    assertThat(heard()).isEqualTo("pause");
    link.failed(3, "the table is away");
    link.progress(4, 2, 4);
    // Both words are with the link's thread before it connects again.
    listen(port);
    SteerRequest open = request();
    while (open.getOpen().getHeldCount() != 2) {
      open = request();
    }
    assertThat(open.getOpen().getHeldList())
        .containsExactly(
            Held.newBuilder().setRequest(2).build(), Held.newBuilder().setRequest(4).build());
    StreamObserver<SteerResponse> next = stream();
    assertThat(requests.poll(300, TimeUnit.MILLISECONDS))
        .as("the server has not said that it may")
        .isNull();
    next.onNext(paused(false));
    assertThat(request().getProgress())
        .as("how far it was, of what it holds")
        .isEqualTo(RangeProgress.newBuilder().setRequest(4).setPartsRead(2).setParts(4).build());
    assertThat(heard()).isEqualTo("go on");
  }

  @Test
  void aRefusalIsForGood() throws Exception {
    link(Set.of());
    stream().onError(Status.PERMISSION_DENIED.withDescription("not you").asException());
    assertThat(heard()).isEqualTo("pause");
    assertThat(heard())
        .contains("refused")
        .contains("'shop'")
        .contains("PERMISSION_DENIED: not you");
    assertThat(streams.poll(500, TimeUnit.MILLISECONDS)).as("it does not try again").isNull();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatItDoesNotUnderstandIsForGood(boolean named) throws Exception {
    UnknownFieldSet fields = named ? Unknown.FIELD : UnknownFieldSet.getDefaultInstance();
    link(Set.of());
    stream().onNext(SteerResponse.newBuilder().setUnknownFields(fields).build());
    assertThat(heard()).isEqualTo("pause");
    assertThat(heard())
        .contains("refused")
        .contains("'shop'")
        .contains("a SteerResponse")
        .contains(named ? "field " + Unknown.NUMBER : "nothing is set")
        .contains("update the job's jars");
    assertThat(streams.poll(500, TimeUnit.MILLISECONDS)).as("it does not try again").isNull();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aServerThatShutsDownInOrderIsNoReasonForAlarm(boolean inOrder) throws Exception {
    Status end = inOrder ? Shutdown.STATUS : Status.UNAVAILABLE.withDescription("gone");
    Logger logger = (Logger) LogManager.getLogger(SteerLink.class);
    KeptLevels levels = new KeptLevels();
    levels.start();
    logger.addAppender(levels);
    try {
      link(Set.of());
      StreamObserver<SteerResponse> stream = stream();
      stream.onNext(paused(false));
      assertThat(heard()).isEqualTo("pause");
      assertThat(heard()).isEqualTo("go on");
      stream.onError(end.asException());
      assertThat(heard()).isEqualTo("pause");
      assertThat(levels.next()).isEqualTo(inOrder ? Level.INFO : Level.WARN);
      stream().onNext(paused(false));
      assertThat(heard()).as("it has tried again").isEqualTo("go on");
    } finally {
      logger.removeAppender(levels);
    }
  }

  @Test
  void anythingElseIsTriedAgain() throws Exception {
    link(Set.of());
    stream().onError(Status.UNAVAILABLE.asException());
    stream().onCompleted();
    stream().onNext(paused(false));
    assertThat(heard()).isEqualTo("pause");
    assertThat(heard()).isEqualTo("go on");
    link.close();
    assertThat(heard).as("a link that is closed says nothing").isEmpty();
  }

  @Test
  void aRangeThatCannotBeIsRefusedAndTheLinkGoesOn() throws Exception {
    link(Set.of());
    StreamObserver<SteerResponse> stream = stream();
    assertThat(request().hasOpen()).isTrue();
    stream.onNext(
        SteerResponse.newBuilder()
            .setWanted(RangeWanted.newBuilder().setRequest(3).setFirst(2).setLast(1))
            .build());
    RangeFailed failed = request().getFailed();
    assertThat(failed.getRequest()).isEqualTo(3);
    assertThat(failed.getForGood()).isTrue();
    assertThat(failed.getReason()).isEqualTo("pages that are none");
    stream.onNext(wanted(4));
    assertThat(heard()).as("until it is told how the server stands").isEqualTo("pause");
    assertThat(heard()).isEqualTo("wanted 4");
  }
}
