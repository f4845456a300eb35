package io.tidemark.gateway.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.gateway.routing.Publisher;
import io.tidemark.gateway.routing.Subscriber;
import io.tidemark.gateway.schedule.DumpController;
import io.tidemark.gateway.schedule.DumpRange;
import io.tidemark.gateway.schedule.ScheduleStore;
import io.tidemark.gateway.transport.ManualTimer;
import io.tidemark.gateway.wire.Answers;
import io.tidemark.gateway.wire.RangeAnswer;
import io.tidemark.postgres.TableName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SteeringTest {
  private final ManualTimer timer = new ManualTimer();
  private final Job job = new Job();
  private final Sink sink = new Sink();
  private ScheduleStore store;
  private DumpController controller;
  private Steering steering;

  @BeforeEach
  void start() throws Exception {
    store = ScheduleStore.inMemory();
    controller = new DumpController(store, timer);
    steering = new Steering(controller);
  }

  @AfterEach
  void close() throws Exception {
    store.close();
  }

  /** Writes down what it hears. */
  private static final class Job implements Steering.Enumerator {
    final List<Long> wanted = new ArrayList<>();
    final List<Long> closed = new ArrayList<>();
    final List<Boolean> paused = new ArrayList<>();
    boolean replaced;

    @Override
    public void wanted(long request, DumpRange range) {
      wanted.add(request);
    }

    @Override
    public void closed(long request) {
      closed.add(request);
    }

    @Override
    public void paused(boolean now) {
      paused.add(now);
    }

    @Override
    public void replaced() {
      replaced = true;
    }
  }

  /** Writes down what it hears. */
  private static final class Sink implements Publisher {
    final List<Long> closed = new ArrayList<>();

    @Override
    public long maxMessageBytes() {
      return 0;
    }

    @Override
    public Identity identity() {
      return new Identity("job", 1, 1);
    }

    @Override
    public void rangeClosed(long request) {
      closed.add(request);
    }

    @Override
    public void attach(long flow, Subscriber subscriber) {}

    @Override
    public void detach(long flow) {}

    @Override
    public void window(long flow, long bytes) {}

    @Override
    public void answer(long flow, Consumer<Answers.Builder> answer) {}

    @Override
    public void fence(String reason) {}
  }

  private static List<DumpRange> pages(long last) {
    List<DumpRange> pages = new ArrayList<>();
    for (long page = 1; page <= last; page++) {
      pages.add(DumpRange.ofPages(new TableName("s", "t"), page, page));
    }
    return pages;
  }

  private static RangeAnswer answer(long request, String reason) {
    return RangeAnswer.newBuilder().setRequest(request).setRequeueReason(reason).build();
  }

  @Test
  void theSourcePausesWhileItsSinkIsAwayOrFull() throws Exception {
    steering.open("u", job, Set.of());
    assertThat(job.paused).containsExactly(true);
    steering.published("u", sink);
    steering.full("u", sink, true);
    steering.full("u", sink, false);
    steering.unpublished("u", sink);
    assertThat(job.paused).containsExactly(true, false, true, false, true);
    steering.full("u", sink, false);
    steering.unpublished("u", sink);
    assertThat(job.paused).as("of one that is gone").hasSize(5);
    Sink next = new Sink();
    steering.published("u", next);
    steering.full("u", next, true);
    steering.published("u", sink);
    assertThat(job.paused).as("fullness is each sink's own").endsWith(false, true, false);
    steering.full("u", next, true);
    steering.unpublished("u", next);
    assertThat(job.paused).endsWith(false).hasSize(8);
    steering.tick();
    assertThat(job.paused).endsWith(false, false).hasSize(9);
    steering.full("v", sink, true);
    assertThat(job.paused).as("another uri's").hasSize(9);
  }

  @Test
  void aRangeGoesFromTheControllerToTheJobAndComesBackFromTheSink() throws Exception {
    steering.open("u", job, Set.of());
    steering.published("u", sink);
    controller.schedule("u", pages(2));
    assertThat(job.wanted).hasSize(2);
    long request = job.wanted.get(0);
    steering.progress("u", request, 3, 3);
    assertThat(controller.status("u").progress()).as("read, not acknowledged").isEqualTo(0.5);
    assertThat(controller.status("u").done()).isZero();
    steering.answered("u", answer(request, ""));
    assertThat(controller.status("u").done()).isEqualTo(1);
    assertThat(job.closed).containsExactly(request);
    assertThat(sink.closed).containsExactly(request);
    steering.published("u", new Sink());
    assertThat(controller.status("u").running()).isEqualTo(1);
  }

  @Test
  void aRangeThatIsGivenBackIsWantedAgain() throws Exception {
    steering.open("u", job, Set.of());
    steering.published("u", sink);
    controller.schedule("u", pages(2));
    long refused = job.wanted.get(0);
    steering.answered("u", answer(refused, "a\nreason"));
    assertThat(job.closed).containsExactly(refused);
    assertThat(sink.closed).containsExactly(refused);
    assertThat(controller.status("u").lastProblem()).contains("pages 1 to 1").doesNotContain("\n");
    long failed = job.wanted.get(1);
    steering.failed("u", failed, "the table is away");
    assertThat(job.closed).containsExactly(refused, failed);
    timer.pass(Duration.ofSeconds(10));
    assertThat(job.wanted).hasSize(4).doesNotHaveDuplicates();
    steering.answered("u", answer(refused, ""));
    assertThat(controller.status("u").running()).as("late words count for nothing").isEqualTo(2);
  }

  @Test
  void aRangeThatMakesNoSenseIsDropped() throws Exception {
    steering.open("u", job, Set.of());
    steering.published("u", sink);
    controller.schedule("u", pages(2));
    long refused = job.wanted.get(0);
    steering.refused("u", refused, "no such key");
    assertThat(job.closed).containsExactly(refused);
    assertThat(controller.status("u").lastProblem()).endsWith("no such key");
    assertThat(controller.status("u").done()).isZero();
    assertThat(controller.status("u").ranges()).isEqualTo(1);
    timer.pass(Duration.ofHours(1));
    assertThat(job.wanted).as("it does not come again").hasSize(2);
    steering.refused("u", refused, "too late");
    assertThat(controller.status("u").lastProblem()).endsWith("no such key");
  }

  @Test
  void anotherJobIsToldWhatIsWantedAndASinkNeedsNoneToAnswer() throws Exception {
    controller.schedule("u", pages(3));
    steering.open("u", job, Set.of());
    steering.published("u", sink);
    Job next = new Job();
    steering.open("u", next, Set.of(job.wanted.get(0), job.wanted.get(1), 4711L));
    assertThat(job.replaced).isTrue();
    assertThat(next.closed).as("what nobody wants").containsExactly(4711L);
    assertThat(sink.closed).containsExactly(4711L);
    assertThat(next.wanted).as("what it lost").hasSize(1).doesNotContain(job.wanted.get(2));
    steering.close("u", job);
    assertThat(controller.status("u").jobConnected()).as("the former one's end").isTrue();
    Sink later = new Sink();
    steering.published("u", later);
    steering.close("u", next);
    assertThat(controller.status("u").jobConnected()).isFalse();
    steering.answered("u", answer(job.wanted.get(1), ""));
    assertThat(later.closed).containsExactly(job.wanted.get(1));
    assertThat(controller.status("u").done()).isEqualTo(1);
  }
}
