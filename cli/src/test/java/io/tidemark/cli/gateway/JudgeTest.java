package io.tidemark.cli.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JudgeTest {
  private static RecordedRow wrote(long lsn, int id, long version) {
    return new RecordedRow("c", 'W', lsn, 1, id, id, version, "x");
  }

  private static RecordedRow moved(long lsn, int oldId, int id, long version) {
    return new RecordedRow("c", 'W', lsn, 1, id, oldId, version, RecordedRow.UNCHANGED);
  }

  private static RecordedRow read(int id, long version) {
    return new RecordedRow("c", 'R', 0, 0, id, id, version, "x");
  }

  private static RecordedRow deleted(long lsn, int id) {
    return new RecordedRow("c", 'D', lsn, 1, id, id, 0, RecordedRow.NONE);
  }

  private static long steps(RecordedRow... rows) {
    return Judge.stepsBackOfAKey(List.of(rows));
  }

  @Test
  void aDeleteThatComesAgainIsOneStepWithAllAfterIt() {
    RecordedRow[] again = {deleted(20, 1), wrote(30, 1, 3), wrote(40, 1, 4)};
    assertThat(steps(wrote(10, 1, 1), again[0], again[1], again[2], again[0], again[1], again[2]))
        .isEqualTo(1);
    assertThat(steps(wrote(10, 1, 2), again[0], again[1], again[2], again[0], read(1, 2)))
        .as("and a row that was gone comes back")
        .isEqualTo(2);
    assertThat(steps(wrote(10, 1, 2), again[0], again[1], again[2], again[0], read(1, 1)))
        .isEqualTo(2);
  }

  @Test
  void aLineHasAllOfARow() {
    for (RecordedRow row : List.of(wrote(7, 1, 2), moved(8, 1, 3, 9), read(4, 5), deleted(9, 3))) {
      assertThat(RecordedRow.parse(row.line().strip())).isEqualTo(row);
    }
  }

  @Test
  void whatComesAgainInItsOrderIsOneStepBack() {
    assertThat(steps(wrote(1, 1, 1), wrote(2, 1, 2), wrote(3, 1, 3))).isZero();
    assertThat(steps(wrote(1, 1, 1), wrote(1, 1, 1), read(1, 1))).isZero();
    assertThat(steps(wrote(1, 1, 1), wrote(2, 1, 2), wrote(1, 1, 1), wrote(2, 1, 2))).isOne();
  }

  @Test
  void anOlderRowAndOneThatIsGoneAreStepsBack() {
    assertThat(steps(wrote(1, 1, 1), wrote(2, 1, 2), read(1, 1))).isOne();
    assertThat(steps(read(1, 2), wrote(1, 1, 1))).isOne();
    assertThat(steps(wrote(1, 1, 1), deleted(2, 1), read(1, 1))).isOne();
    assertThat(steps(wrote(1, 1, 1), moved(2, 1, 5, 2), read(1, 1))).isOne();
    assertThat(steps(deleted(2, 1), wrote(1, 1, 1))).isOne();
  }

  @Test
  void aDumpsRowThatGoesBackAndTheStreamAfterItAreOneStep() {
    assertThat(steps(wrote(1, 1, 1), wrote(2, 1, 2), read(1, 1), wrote(2, 1, 2))).isOne();
    assertThat(steps(wrote(2, 1, 2), wrote(3, 1, 3), read(1, 1), wrote(2, 1, 2))).isOne();
    assertThat(steps(wrote(2, 1, 2), wrote(3, 1, 3), wrote(2, 1, 2), read(1, 1)))
        .as("the row that a dump read came late")
        .isEqualTo(2);
  }

  @Test
  void stepsOfTheStreamAreCountedWithoutTheDump() {
    assertThat(Judge.stepsBack(List.of(wrote(2, 1, 2), read(3, 0), wrote(3, 4, 3)))).isZero();
    assertThat(Judge.stepsBack(List.of(wrote(2, 1, 2), wrote(1, 2, 1), wrote(2, 1, 2)))).isOne();
  }

  @Test
  void aMoveTakesWhatItLeavesUnchanged() {
    Map<Integer, Judge.Held> moved = Map.of(5, new Judge.Held(2, "x"));
    assertThat(Judge.held(List.of(wrote(1, 1, 1), moved(2, 1, 5, 2)))).isEqualTo(moved);
    assertThat(Judge.held(List.of(wrote(1, 1, 1), moved(2, 1, 5, 2), moved(2, 1, 5, 2))))
        .as("as it comes again")
        .isEqualTo(moved);
    RecordedRow another = new RecordedRow("c", 'W', 3, 1, 1, 1, 3, "y");
    List<RecordedRow> rows =
        List.of(wrote(1, 1, 1), moved(2, 1, 5, 2), another, moved(2, 1, 5, 2), another);
    Map<Integer, Judge.Held> both = Map.of(5, new Judge.Held(2, "x"), 1, new Judge.Held(3, "y"));
    assertThat(Judge.held(rows)).as("of which another row has the former key").isEqualTo(both);
    assertThat(Judge.historyOfADifference(both, rows)).isEmpty();
    assertThat(Judge.historyOfADifference(Map.of(1, both.get(1)), rows))
        .containsExactly(moved(2, 1, 5, 2), moved(2, 1, 5, 2));
  }

  @Test
  void eachWayToDifferIsCounted() {
    Map<Integer, Judge.Held> table =
        Map.of(1, new Judge.Held(1, "x"), 2, new Judge.Held(2, "x"), 3, new Judge.Held(3, "x"));
    Map<Integer, Judge.Held> held =
        Map.of(1, new Judge.Held(1, "x"), 2, new Judge.Held(1, "x"), 4, new Judge.Held(3, "x"));
    assertThat(Judge.difference(table, held)).isEqualTo(new Judge.Difference(3, 1, 1, 1));
  }
}
