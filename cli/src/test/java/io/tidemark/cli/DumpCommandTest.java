package io.tidemark.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.gateway.wire.DumpedTable;
import io.tidemark.gateway.wire.DumpsStatus;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DumpCommandTest {
  private static final Instant NOW = Instant.ofEpochSecond(1_000_000);

  private static DumpsStatus.Builder status(long waiting, long running, long done) {
    return DumpsStatus.newBuilder()
        .setWaiting(waiting)
        .setRunning(running)
        .setDone(done)
        .setProgress((double) done / Math.max(1, waiting + running + done))
        .setSince((NOW.getEpochSecond() - 30) * 1_000_000)
        .setJobConnected(true);
  }

  private static String line(DumpsStatus.Builder status) {
    return DumpCommand.line(status.build(), NOW);
  }

  private static DumpedTable.Builder table(String schema, String name) {
    return DumpedTable.newBuilder().setSchema(schema).setName(name);
  }

  @Test
  void aLineTellsHowFarItIsAndHowLongItTakes() {
    assertThat(line(status(0, 0, 0))).isEqualTo("nothing is scheduled");
    assertThat(line(status(0, 0, 0).setLastProblem("no")))
        .as("it was dropped")
        .isEqualTo("nothing is scheduled any more");
    assertThat(line(status(10, 0, 0)))
        .isEqualTo(
            "[..............................] 0 of 10 ranges done, 0 being read, 10 waiting");
    assertThat(line(status(5, 2, 3)))
        .as("30 s for 3, and 7 left")
        .isEqualTo(
            "[#########.....................] 3 of 10 ranges done, 2 being read, 5 waiting;"
                + " about 70 s left");
    assertThat(line(status(0, 0, 10)))
        .isEqualTo(
            "[##############################] 10 of 10 ranges done, 0 being read, 0 waiting");
    assertThat(line(status(0, 1, 0).setProgress(0.25).setPartsRead(4).setParts(16)))
        .isEqualTo(
            "[#######.......................] 0 of 1 ranges done, 1 being read (4 of 16 parts),"
                + " 0 waiting; about 90 s left");
    assertThat(line(status(5, 2, 3).setPaused(true))).endsWith("5 waiting; paused");
    assertThat(line(status(5, 2, 0).setJobConnected(false)))
        .endsWith("5 waiting; no job is connected to read them");
  }

  @Test
  void aTableMayHaveASchemaAndPages() {
    assertThat(DumpCommand.table("orders")).isEqualTo(table("public", "orders").build());
    assertThat(DumpCommand.table("shop.orders")).isEqualTo(table("shop", "orders").build());
    assertThat(DumpCommand.table("shop.orders:3-9"))
        .isEqualTo(table("shop", "orders").setFirst(3).setLast(9).build());
    assertThat(DumpCommand.table("orders:7"))
        .isEqualTo(table("public", "orders").setFirst(7).setLast(7).build());
    assertThat(DumpCommand.table("orders:0-4294967294").getLast()).isEqualTo(-2);
    assertThat(DumpCommand.table("a.b.c")).isEqualTo(table("a", "b.c").build());
  }

  private static List<List<String>> keys(DumpedTable table) {
    return table.getKeysList().stream().map(key -> List.copyOf(key.getValuesList())).toList();
  }

  @Test
  void theKeysOfATableAreDumpedTogether() {
    List<DumpedTable> tables =
        KeyOption.tables(List.of("orders=7", "shop.items=1,a", "public.orders=8", "orders="));
    assertThat(tables).hasSize(2);
    assertThat(tables.get(0).getSchema() + "." + tables.get(0).getName())
        .isEqualTo("public.orders");
    assertThat(keys(tables.get(0))).containsExactly(List.of("7"), List.of("8"), List.of(""));
    assertThat(tables.get(1).getSchema() + "." + tables.get(1).getName()).isEqualTo("shop.items");
    assertThat(keys(tables.get(1))).containsExactly(List.of("1", "a"));
    assertThat(tables).noneMatch(table -> table.hasFirst() || table.hasLast());
  }

  @Test
  void valuesWithCommasAreQuoted() {
    assertThat(KeyOption.values("1,,2, 3 ")).containsExactly("1", "", "2", " 3 ");
    assertThat(KeyOption.values("\"a,b\",\"say \"\"hi\"\"\",\"\",x=y"))
        .containsExactly("a,b", "say \"hi\"", "", "x=y");
    assertThat(KeyOption.values("a b's,")).containsExactly("a b's", "");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"orders", "=1", "orders=\"a", "orders=\"a\"b", "orders=a\"b", "o=1,\"\"\""})
  void keysThatAreNoneAreRefused(String text) {
    assertThatThrownBy(() -> KeyOption.tables(List.of("t=1", text)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("--key '" + text + "'")
        .hasMessageContaining("as in public.items=7,");
  }

  @ParameterizedTest
  @ValueSource(strings = {"orders:", "orders:x", "orders:1-", "orders:1-2-3", "orders:-1"})
  void pagesThatAreNoneAreRefused(String text) {
    assertThatThrownBy(() -> DumpCommand.table(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'" + text + "'")
        .hasMessageContaining("FIRST-LAST");
  }
}
