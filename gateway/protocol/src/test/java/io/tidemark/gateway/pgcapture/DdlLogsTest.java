package io.tidemark.gateway.pgcapture;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.gateway.event.WireBuffer;
import io.tidemark.gateway.wire.pgcapture.Change;
import io.tidemark.gateway.wire.pgcapture.Field;
import io.tidemark.postgres.change.Ddl;
import io.tidemark.postgres.change.Position;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.postgres.ddl.DdlStatement;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DdlLogsTest {
  private static final Position AT = new Position(0x1234, 2);

  private static Optional<RowChange> row(String event, String tag, String members)
      throws Exception {
    String json =
        "{\"version\":1,\"event\":\"%s\",\"tag\":\"%s\"%s}".formatted(event, tag, members);
    return DdlLogs.row(new Ddl(AT, 5, 7, DdlStatement.parse(json)));
  }

  @Test
  void aStatementIsARowWhoseValuesAreBinary() throws Exception {
    RowChange row = row("end", "ALTER TABLE", ",\"text\":\"alter table ü\"").orElseThrow();
    assertThat(row.position()).isEqualTo(AT);
    assertThat(row.commitTime()).isEqualTo(5);
    assertThat(row.xid()).isEqualTo(7);
    assertThat(row.getString("query")).isEqualTo("alter table ü");
    assertThat(row.get("tags")).isEqualTo(List.of("ALTER TABLE"));
    assertThat(row.get("activity"))
        .hasToString(
            "{\"version\":1,\"event\":\"end\",\"tag\":\"ALTER TABLE\",\"text\":\"alter table ü\"}");

    WireBuffer buffer = new WireBuffer();
    new ChangeEncoder(DdlLogs.TABLE).put(row, buffer);
    Change change = Change.parseFrom(buffer.toByteArray());
    assertThat(change.getOp()).isEqualTo(Change.Operation.INSERT);
    assertThat(change.getSchema()).isEqualTo("pgcapture");
    assertThat(change.getTable()).isEqualTo("ddl_logs");
    assertThat(change.getOldList()).isEmpty();
    assertThat(change.getNewList())
        .extracting(Field::getName)
        .as("clients read the second one")
        .containsExactly("id", "query", "tags", "activity");
    assertThat(change.getNewList()).extracting(Field::getOid).containsExactly(23, 25, 1009, 3802);
    assertThat(change.getNewList()).allMatch(Field::hasBinary);
    assertThat(change.getNew(0).getBinary().size()).isEqualTo(4);
    assertThat(HexFormat.of().formatHex(change.getNew(2).getBinary().toByteArray()))
        .isEqualTo(
            "00000001" // dimensions
                + "00000000" // no nulls
                + "00000019" // text
                + "00000001" // elements
                + "00000001" // from 1
                + "0000000b414c544552205441424c45");
    assertThat(change.getNew(3).getBinary().byteAt(0)).as("jsonb's version").isEqualTo((byte) 1);
  }

  @Test
  void itsIdIsThatOfItsPlace() throws Exception {
    int id = row("end", "COMMENT", ",\"text\":\"a\"").orElseThrow().getInt("id");
    assertThat(id).isPositive();
    assertThat(row("end", "COMMENT", ",\"text\":\"b\"").orElseThrow().getInt("id")).isEqualTo(id);
    DdlStatement statement = DdlStatement.ofText("a", List.of());
    Ddl next = new Ddl(new Position(0x1234, 3), 5, 7, statement);
    assertThat(DdlLogs.row(next).orElseThrow().getInt("id")).isNotEqualTo(id);
    assertThat(DdlLogs.row(next).orElseThrow().get("tags")).isEqualTo(List.of());
  }

  @ParameterizedTest
  @CsvSource({
    "end, ALTER TABLE, true",
    "end, DROP OWNED, true",
    "drop, DROP TABLE, true",
    "drop, ALTER PUBLICATION, true",
    "drop, ALTER TABLE, false",
    "drop, CREATE VIEW, false",
    "rewrite, ALTER TABLE, false",
    "gap, ALTER TABLE, false",
  })
  void aStatementIsToldOnce(String event, String tag, boolean told) throws Exception {
    assertThat(row(event, tag, ",\"text\":\"a\"").isPresent()).isEqualTo(told);
  }

  @Test
  void withoutItsTextThereIsNone() throws Exception {
    assertThat(row("end", "CREATE SERVER", ",\"withheld\":true")).isEmpty();
    assertThat(row("end", "ALTER TABLE", "")).isEmpty();
  }
}
