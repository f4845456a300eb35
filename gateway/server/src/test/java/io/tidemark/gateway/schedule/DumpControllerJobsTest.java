package io.tidemark.gateway.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.gateway.schedule.DumpController.JobRanges;
import io.tidemark.gateway.schedule.DumpController.Worker;
import io.tidemark.gateway.schedule.DumpController.WorkerRanges;
import io.tidemark.gateway.transport.ManualTimer;
import io.tidemark.postgres.KeyTexts;
import io.tidemark.postgres.TableName;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How a controller deals with jobs, which have several ranges at a time. */
class DumpControllerJobsTest {
  private static final TableName T = new TableName("s", "t");

  @TempDir private Path directory;
  private final ManualTimer timer = new ManualTimer();
  private ScheduleStore store;
  private DumpController controller;

  /** What a job was asked for, and has not answered. */
  private final Map<Long, DumpRange> wanted = new LinkedHashMap<>();

  private final JobRanges job = wanted::put;

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
    wanted.clear();
  }

  private static DumpRange page(long page) {
    return DumpRange.ofPages(T, page, page);
  }

  private static WorkerRanges into(List<DumpRange> read) {
    return (table, pages) -> read.add(new DumpRange(table, pages));
  }

  private static List<DumpRange> pages(long from, long to) {
    return LongStream.rangeClosed(from, to).mapToObj(DumpControllerJobsTest::page).toList();
  }

  private long request(long page) {
    return wanted.entrySet().stream()
        .filter(each -> each.getValue().equals(page(page)))
        .map(Map.Entry::getKey)
        .findAny()
        .orElseThrow();
  }

  private void acknowledge(long page) throws Exception {
    assertThat(controller.acknowledge("u", request(page))).isTrue();
    wanted.remove(request(page));
  }

  @Test
  void aJobHas64RangesAtATimeAndAnotherForEachThatIsDone() throws Exception {
    controller.schedule("u", pages(1, 70));
    assertThat(controller.open("u", Set.of(), job)).isEmpty();
    assertThat(wanted.values()).containsExactlyElementsOf(pages(1, 64));
    for (Map.Entry<Long, DumpRange> each : wanted.entrySet()) {
      assertThat(each.getKey().intValue()).isEqualTo(each.getValue().dumpId());
      assertThat(each.getKey() >>> 32).isNotZero();
    }
    acknowledge(3);
    assertThat(wanted.values()).contains(page(65)).doesNotContain(page(66));
    assertThat(controller.acknowledge("u", 4711)).as("not wanted").isFalse();
    assertThat(controller.requeue("u", 4711, "x")).isFalse();
    assertThat(controller.acknowledge("v", request(4))).as("another uri's").isFalse();
    controller.schedule("v", pages(1, 1));
    assertThat(wanted).as("another uri's").hasSize(64);
  }

  private static DumpRange keys(String... texts) {
    return DumpRange.ofKeys(T, new KeyTexts(Arrays.stream(texts).map(List::of).toList()));
  }

  @Test
  void keysGoToAJobAloneAndWorkersPassThemOver() throws Exception {
    List<DumpRange> read = new ArrayList<>();
    Worker worker = controller.register("u", into(read));
    controller.add("u", List.of(keys("1", "2"), page(3), keys("4"), page(5)));
    assertThat(read).containsExactly(page(3));
    worker.acknowledge();
    assertThat(read).containsExactly(page(3), page(5));
    worker.acknowledge();
    timer.pass(Duration.ofHours(1));
    assertThat(read).as("keys are none of its").hasSize(2);
    assertThat(controller.status("u").waiting()).isEqualTo(2);
    controller.open("u", Set.of(), job);
    assertThat(wanted.values()).containsExactly(keys("1", "2"), keys("4"));
    wanted.forEach((request, keys) -> assertThat(request.intValue()).isEqualTo(keys.dumpId()));
    for (long request : wanted.keySet()) {
      assertThat(controller.acknowledge("u", request)).isTrue();
    }
    assertThat(store.ranges()).isEmpty();
  }

  @Test
  void keysAreThereAfterARestart() throws Exception {
    controller.add("u", List.of(page(1), keys("a", ""), keys("ü,\"𝄞")));
    restart();
    controller.open("u", Set.of(), job);
    assertThat(wanted.values()).containsExactly(page(1), keys("a", ""), keys("ü,\"𝄞"));
    Set<Long> held = Set.copyOf(wanted.keySet());
    restart();
    assertThat(controller.open("u", held, job)).isEmpty();
    assertThat(wanted).isEmpty();
    for (long request : held) {
      assertThat(controller.requeue("u", request, "column id")).isTrue();
    }
    assertThat(controller.status("u").lastProblem()).doesNotContain("𝄞").contains("column id");
  }

  @Test
  void asManyKeysAsThereMayBeAreKept() throws Exception {
    KeyTexts most =
        new KeyTexts(
            IntStream.range(0, KeyTexts.MAX_KEYS)
                .mapToObj(i -> List.of(i + "-" + "x".repeat(400)))
                .toList());
    controller.add("u", List.of(DumpRange.ofKeys(T, most)));
    restart();
    controller.open("u", Set.of(), job);
    assertThat(wanted.values()).containsExactly(DumpRange.ofKeys(T, most));
  }

  @Test
  void schedulesOfBeforeThereWereKeysAreTakenOver() throws Exception {
    store.close();
    String url = "jdbc:h2:file:" + directory.resolve("old").resolve("schedules").toAbsolutePath();
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement()) {
      statement.execute(
          "CREATE TABLE dump_range (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
              + " uri VARCHAR NOT NULL, schema_name VARCHAR NOT NULL, table_name VARCHAR NOT NULL,"
              + " page_begin BIGINT NOT NULL, page_end BIGINT NOT NULL,"
              + " request BIGINT DEFAULT 0 NOT NULL)");
      statement.execute(
          "INSERT INTO dump_range (uri, schema_name, table_name, page_begin, page_end)"
              + " VALUES ('u', 's', 't', 7, 7)");
    }
    store = ScheduleStore.open(directory.resolve("old"));
    controller = new DumpController(store, timer);
    controller.add("u", List.of(keys("1")));
    controller.open("u", Set.of(), job);
    assertThat(wanted.values()).containsExactly(page(7), keys("1"));
  }

  @Test
  void whatAJobHoldsIsNotHandedOutAgainAndWhatItLostComesFirst() throws Exception {
    controller.schedule("u", pages(1, 70));
    controller.open("u", Set.of(), job);
    acknowledge(1);
    Map<Long, DumpRange> before = new LinkedHashMap<>(wanted);
    Set<Long> held = new HashSet<>(before.keySet());
    long lost = request(7);
    held.remove(lost);
    held.add(99L);
    restart();
    assertThat(controller.status("u").running()).isEqualTo(64);
    assertThat(controller.open("u", held, job)).as("wanted no more").containsExactly(99L);
    assertThat(wanted.values()).containsExactly(page(7));
    assertThat(wanted).as("by another name").doesNotContainKey(lost);
    assertThat(controller.acknowledge("u", lost)).isFalse();
    for (long request : before.keySet()) {
      if (request != lost) {
        assertThat(controller.acknowledge("u", request)).isTrue();
      }
    }
    assertThat(wanted.values()).as("then the others").startsWith(page(7), page(66)).hasSize(6);
    assertThat(store.ranges().get("u")).hasSize(6);
  }

  @Test
  void aJobThatIsAwayKeepsItsRangesAndGetsNoMore() throws Exception {
    controller.schedule("u", pages(1, 2));
    controller.open("u", Set.of(), job);
    controller.close("u", job);
    assertThat(controller.status("u").jobConnected()).isFalse();
    controller.add("u", pages(3, 3));
    List<DumpRange> read = new ArrayList<>();
    controller.register("u", into(read));
    assertThat(read).as("only what is no job's").containsExactly(page(3));
    assertThat(wanted.values()).containsExactlyElementsOf(pages(1, 2));
    acknowledge(1);
    Map<Long, DumpRange> later = new LinkedHashMap<>();
    assertThat(controller.open("u", wanted.keySet(), later::put)).isEmpty();
    assertThat(later).isEmpty();
    controller.close("u", job);
    controller.add("u", pages(4, 4));
    assertThat(later.values()).as("a former one's end is not its end").containsExactly(page(4));
  }

  @Test
  void aCoolDownMeansOneAtATime() throws Exception {
    controller.coolDown("u", Duration.ofSeconds(10));
    controller.schedule("u", pages(1, 3));
    controller.open("u", Set.of(), job);
    assertThat(wanted.values()).containsExactly(page(1));
    timer.pass(Duration.ofMinutes(1));
    assertThat(wanted).hasSize(1);
    acknowledge(1);
    timer.pass(Duration.ofMillis(9_999));
    assertThat(wanted).isEmpty();
    timer.pass(Duration.ofMillis(1));
    assertThat(wanted.values()).containsExactly(page(2));
    controller.coolDown("u", Duration.ZERO);
    assertThat(wanted.values()).containsExactly(page(2), page(3));
  }

  @Test
  void aCoolDownEndsWithItsSchedule() throws Exception {
    controller.open("u", Set.of(), job);
    controller.schedule("u", pages(1, 2));
    controller.coolDown("u", Duration.ofSeconds(10));
    acknowledge(1);
    acknowledge(2);
    restart();
    controller.open("u", Set.of(), job);
    controller.schedule("u", pages(3, 5));
    assertThat(wanted.values()).containsExactly(page(3), page(4), page(5));
  }

  @Test
  void aRangeThatFailedComesAgainAfterItsWaitByAnotherName() throws Exception {
    controller.schedule("u", pages(1, 2));
    controller.open("u", Set.of(), job);
    long failed = request(1);
    assertThat(controller.requeue("u", failed, "the replica is away")).isTrue();
    wanted.remove(failed);
    assertThat(controller.status("u").lastProblem()).contains("s.t, pages 1 to 1: the replica");
    assertThat(controller.requeue("u", failed, "twice")).isFalse();
    timer.pass(Duration.ofMillis(1_999));
    assertThat(wanted.values()).containsExactly(page(2));
    timer.pass(Duration.ofMillis(1));
    assertThat(wanted.values()).containsExactly(page(2), page(1));
    assertThat(wanted).doesNotContainKey(failed);
    restart();
    assertThat(controller.status("u").lastProblem()).as("since the start").isEmpty();
  }

  @Test
  void whatAJobReadsWhenTheScheduleIsStoppedComesBackNoMore() throws Exception {
    controller.schedule("u", pages(1, 70));
    controller.open("u", Set.of(), job);
    controller.stop("u");
    assertThat(store.ranges().get("u")).hasSize(64);
    assertThat(controller.requeue("u", request(1), "no")).isTrue();
    wanted.remove(request(1));
    acknowledge(2);
    timer.pass(Duration.ofHours(1));
    assertThat(wanted).hasSize(62);
    assertThat(store.ranges().get("u")).hasSize(62);
    Map<Long, DumpRange> later = new LinkedHashMap<>();
    assertThat(controller.open("u", Set.of(), later::put)).isEmpty();
    assertThat(later).as("nor is what the job lost").isEmpty();
    assertThat(store.ranges()).isEmpty();
    controller.schedule("u", pages(9, 9));
    assertThat(later.values()).containsExactly(page(9));
  }

  @Test
  void aPauseOutlastsTheServer() throws Exception {
    controller.pause("u", true);
    controller.schedule("u", pages(1, 2));
    controller.open("u", Set.of(), job);
    assertThat(wanted).isEmpty();
    restart();
    controller.open("u", Set.of(), job);
    List<DumpRange> read = new ArrayList<>();
    controller.register("u", into(read));
    timer.pass(Duration.ofHours(1));
    assertThat(wanted).isEmpty();
    assertThat(read).isEmpty();
    assertThat(controller.status("u").paused()).isTrue();
    controller.pause("u", false);
    assertThat(read).containsExactly(page(1));
    assertThat(wanted.values()).containsExactly(page(2));
    restart();
    assertThat(controller.status("u").paused()).isFalse();
  }

  @Test
  void theStatusKnowsWhatWasReadOfRangesThatAreNotDone() throws Exception {
    controller.schedule("u", pages(1, 4));
    controller.coolDown("u", Duration.ZERO);
    controller.open("u", Set.of(), job);
    assertThat(controller.status("u").progress()).isZero();
    acknowledge(1);
    assertThat(controller.status("u").progress()).isEqualTo(0.25);
    controller.progress("u", request(2), 1, 10);
    controller.progress("u", request(3), 0, 2);
    controller.progress("u", request(2), 5, 10);
    controller.progress("u", 12345, 1, 1);
    ScheduleStatus status = controller.status("u");
    assertThat(List.of(status.parts().read(), status.parts().all())).containsExactly(5L, 12L);
    assertThat(status.progress()).isEqualTo((1 + 0.5) / 4);
    acknowledge(2);
    assertThat(controller.status("u").progress()).isEqualTo(0.5);
    controller.requeue("u", request(3), "no");
    assertThat(controller.status("u").parts()).isEqualTo(ScheduleStatus.Parts.NONE);
  }

  @Test
  void aStopOutlivesTheServer() throws Exception {
    List<DumpRange> read = new ArrayList<>();
    controller.register("u", into(read));
    controller.schedule("u", pages(1, 70));
    controller.open("u", Set.of(), job);
    assertThat(read).containsExactly(page(1));
    controller.stop("u");
    assertThat(controller.status("u").ranges()).as("what is being read").isEqualTo(65);
    Set<Long> held = Set.copyOf(wanted.keySet());
    restart();
    controller.schedule("u", pages(100, 100));
    assertThat(controller.open("u", held, job)).as("what was being read goes on").isEmpty();
    assertThat(wanted).isEmpty();
    long one = held.iterator().next();
    assertThat(controller.requeue("u", one, "no")).isTrue();
    for (long each : held) {
      controller.acknowledge("u", each);
    }
    timer.pass(Duration.ofHours(1));
    assertThat(wanted.values()).containsExactly(page(100));
    acknowledge(100);
    controller.register("u", into(read));
    assertThat(read).as("nor a worker's").containsExactly(page(1));
  }

  @Test
  void theStatusCountsTheScheduleThatWasBegunLast() throws Exception {
    assertThat(controller.status("u"))
        .isEqualTo(new ScheduleStatus(0, 0, 0, ScheduleStatus.Parts.NONE, false, 0, "", false));
    long before = System.currentTimeMillis();
    controller.schedule("u", pages(1, 70));
    controller.open("u", Set.of(), job);
    acknowledge(1);
    acknowledge(2);
    controller.add("u", pages(71, 80));
    ScheduleStatus status = controller.status("u");
    assertThat(status.waiting()).isEqualTo(14);
    assertThat(status.running()).isEqualTo(64);
    assertThat(status.done()).isEqualTo(2);
    assertThat(status.jobConnected()).isTrue();
    assertThat(status.sinceMillis()).isBetween(before, System.currentTimeMillis());
    restart();
    assertThat(controller.status("u").done()).isEqualTo(2);
    assertThat(controller.status("u").sinceMillis()).isEqualTo(status.sinceMillis());
    controller.open("u", Set.of(), job);
    while (!wanted.isEmpty()) {
      long request = wanted.keySet().iterator().next();
      assertThat(controller.acknowledge("u", request)).isTrue();
      wanted.remove(request);
    }
    assertThat(controller.status("u").done()).isEqualTo(80);
    controller.schedule("u", pages(1, 1));
    assertThat(controller.status("u").done()).as("a new one").isZero();
    assertThat(controller.status("u").running()).isEqualTo(1);
  }
}
