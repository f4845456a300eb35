package io.tidemark.gateway.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.gateway.schedule.DumpController.Worker;
import io.tidemark.gateway.schedule.DumpController.WorkerRanges;
import io.tidemark.gateway.transport.ManualTimer;
import io.tidemark.postgres.TableName;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DumpControllerTest {
  private static final TableName T = new TableName("s", "t");

  @TempDir private Path directory;
  private final ManualTimer timer = new ManualTimer();
  private ScheduleStore store;
  private DumpController controller;

  @BeforeEach
  void start() throws Exception {
    store = ScheduleStore.open(directory);
    controller = new DumpController(store, timer);
  }

  @AfterEach
  void close() throws Exception {
    store.close();
  }

  private void restart() throws Exception {
    close();
    start();
  }

  private static WorkerRanges into(List<DumpRange> read) {
    return (table, pages) -> read.add(new DumpRange(table, pages));
  }

  private static List<DumpRange> ranges(long... pages) {
    List<DumpRange> ranges = new ArrayList<>();
    for (long page : pages) {
      ranges.add(DumpRange.ofPages(T, page, page));
    }
    return ranges;
  }

  @Test
  void workersWaitForAScheduleAndAScheduleForWorkers() throws Exception {
    List<DumpRange> early = new ArrayList<>();
    List<DumpRange> late = new ArrayList<>();
    Worker first = controller.register("u", into(early));
    controller.schedule("u", ranges(1, 2, 3));
    assertThat(early).isEqualTo(ranges(1));
    controller.register("u", into(late));
    assertThat(late).isEqualTo(ranges(2));
    first.acknowledge();
    assertThat(early).isEqualTo(ranges(1, 3));
    assertThatThrownBy(() -> controller.schedule("u", ranges(9)))
        .isInstanceOf(AlreadyScheduledException.class)
        .hasMessageContaining("already scheduled: 'u' has 0 ranges waiting, 2 being read");
    controller.schedule("v", ranges(9));
  }

  @Test
  void whatIsNotDoneIsThereAfterARestartInItsOrder() throws Exception {
    controller.schedule("u", ranges(1, 2, 3, 4));
    controller.coolDown("u", Duration.ofSeconds(7));
    Worker done = controller.register("u", (table, pages) -> {});
    controller.register("u", (table, pages) -> {});
    done.acknowledge();
    restart();
    List<DumpRange> read = new ArrayList<>();
    Worker worker = controller.register("u", into(read));
    assertThatThrownBy(() -> controller.schedule("u", ranges(9)))
        .isInstanceOf(AlreadyScheduledException.class);
    for (int i = 0; i < 3; i++) {
      worker.acknowledge();
      timer.pass(Duration.ofSeconds(6));
      assertThat(read).as("within the cool-down").hasSize(i + 1);
      timer.pass(Duration.ofSeconds(1));
    }
    assertThat(read).isEqualTo(ranges(2, 3, 4));
    restart();
    assertThat(store.ranges()).isEmpty();
  }

  @Test
  void aRangeThatIsGivenBackComesAfterItsWait() throws Exception {
    controller.schedule("u", ranges(1, 2));
    List<DumpRange> read = new ArrayList<>();
    Worker worker = controller.register("u", into(read));
    worker.requeue("the replica is away");
    assertThat(read).hasSize(1);
    timer.pass(Duration.ofMillis(1_999));
    assertThat(read).hasSize(1);
    timer.pass(Duration.ofMillis(1));
    assertThat(read).isEqualTo(ranges(1, 1));
  }

  @Test
  void aShorterCoolDownIsHeededAtOnce() throws Exception {
    controller.coolDown("u", Duration.ofHours(1));
    controller.schedule("u", ranges(1, 2));
    List<DumpRange> read = new ArrayList<>();
    Worker worker = controller.register("u", into(read));
    worker.acknowledge();
    timer.pass(Duration.ofSeconds(10));
    controller.coolDown("u", Duration.ofSeconds(20));
    timer.pass(Duration.ofSeconds(9));
    assertThat(read).isEqualTo(ranges(1));
    timer.pass(Duration.ofSeconds(1));
    assertThat(read).isEqualTo(ranges(1, 2));
  }

  @Test
  void aCoolDownEndsWithItsSchedule() throws Exception {
    List<DumpRange> read = new ArrayList<>();
    Worker worker = controller.register("u", into(read));
    controller.schedule("u", ranges(1, 2));
    controller.coolDown("u", Duration.ofSeconds(20));
    worker.acknowledge();
    assertThat(read).as("within the cool-down").isEqualTo(ranges(1));
    timer.pass(Duration.ofSeconds(20));
    worker.acknowledge();
    controller.schedule("u", ranges(3, 4));
    worker.acknowledge();
    assertThat(read).as("without one").isEqualTo(ranges(1, 2, 3, 4));
    assertThat(store.schedules().get("u").coolDown()).isZero();
  }

  @Test
  void aCoolDownEndsWhenItsScheduleIsStopped() throws Exception {
    List<DumpRange> read = new ArrayList<>();
    Worker worker = controller.register("u", into(read));
    controller.schedule("u", ranges(1, 2));
    controller.coolDown("u", Duration.ofSeconds(20));
    controller.stop("u");
    assertThat(store.schedules().get("u").coolDown()).isZero();
    controller.schedule("u", ranges(3));
    worker.acknowledge();
    assertThat(read).isEqualTo(ranges(1, 3));
  }

  @Test
  void aCoolDownThatIsSetAheadIsTheNextSchedules() throws Exception {
    List<DumpRange> read = new ArrayList<>();
    Worker worker = controller.register("u", into(read));
    controller.schedule("u", ranges(1));
    worker.acknowledge();
    controller.coolDown("u", Duration.ofSeconds(20));
    controller.stop("u");
    controller.schedule("u", ranges(2, 3));
    assertThat(read).as("nothing was read of it before").isEqualTo(ranges(1, 2));
    worker.acknowledge();
    assertThat(read).hasSize(2);
    timer.pass(Duration.ofSeconds(20));
    assertThat(read).isEqualTo(ranges(1, 2, 3));
  }

  @Test
  void theRangeOfAWorkerThatLeftGoesToAnother() throws Exception {
    controller.schedule("u", ranges(1, 2));
    List<DumpRange> gone = new ArrayList<>();
    List<DumpRange> read = new ArrayList<>();
    Worker leaving = controller.register("u", into(gone));
    leaving.leave();
    leaving.leave();
    leaving.acknowledge();
    leaving.requeue("late");
    Worker worker = controller.register("u", into(read));
    worker.acknowledge();
    assertThat(gone).isEqualTo(ranges(1));
    assertThat(read).isEqualTo(ranges(1, 2));
    worker.leave();
    assertThat(store.ranges()).hasSize(1);
  }

  @Test
  void aStopDropsForGoodWhatNobodyReads() throws Exception {
    controller.schedule("u", ranges(1, 2, 3));
    controller.schedule("v", ranges(7));
    Worker worker = controller.register("u", (table, pages) -> {});
    controller.stop("u");
    assertThat(store.ranges().get("u")).extracting(ScheduledRange::range).isEqualTo(ranges(1));
    worker.requeue("no luck");
    assertThat(store.ranges()).containsOnlyKeys("v");
    controller.stop("w");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"dump_range ADD CHECK (NOT stopped)", "uri_schedule ADD CHECK (ranges <> 1)"})
  void aStopOfWhichAPartCannotBeWrittenIsNone(String obstacle) throws Exception {
    close();
    String url = "jdbc:h2:file:" + directory.resolve("schedules").toAbsolutePath();
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement()) {
      statement.execute("ALTER TABLE " + obstacle);
    }
    start();
    controller.schedule("u", ranges(1, 2, 3));
    controller.register("u", (table, pages) -> {});
    ScheduleStatus before = controller.status("u");
    assertThatThrownBy(() -> controller.stop("u")).isInstanceOf(SQLException.class);
    assertThat(controller.status("u")).isEqualTo(before);
    restart();
    assertThat(controller.status("u").ranges()).isEqualTo(3);
    List<DumpRange> read = new ArrayList<>();
    Worker worker = controller.register("u", into(read));
    worker.acknowledge();
    worker.acknowledge();
    assertThat(read).isEqualTo(ranges(1, 2, 3));
  }

  @Test
  void onlyARangeThatWasSentCanBeAnswered() throws Exception {
    Worker worker = controller.register("u", (table, pages) -> {});
    assertThatThrownBy(worker::acknowledge).hasMessageContaining("there is no range to answer");
    assertThatThrownBy(() -> worker.requeue("x"))
        .hasMessageContaining("there is no range to answer");
  }
}
