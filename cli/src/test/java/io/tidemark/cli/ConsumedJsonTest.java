package io.tidemark.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.gateway.event.Skipped;
import io.tidemark.postgres.Column;
import io.tidemark.postgres.PgType;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import io.tidemark.postgres.change.Ddl;
import io.tidemark.postgres.change.LogicalMessage;
import io.tidemark.postgres.change.Position;
import io.tidemark.postgres.change.SchemaChange;
import io.tidemark.postgres.change.Truncate;
import io.tidemark.postgres.ddl.DdlStatement;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What {@code consume --json} prints, but for rows. */
class ConsumedJsonTest {
  private static final long LSN = 0x16B_3748;
  private static final long TIME =
      ChronoUnit.MICROS.between(
          Instant.parse("2000-01-01T00:00:00Z"), Instant.parse("2026-11-23T10:15:30.123456Z"));

  @Test
  void nothingThatIsAcknowledgedIsLeftOutButTheBoundsOfTransactions() throws Exception {
    TableSchema orders =
        new TableSchema(
            16384,
            new TableName("public", "orders"),
            ReplicaIdentity.DEFAULT,
            List.of(new Column("id", PgType.base(20, "bigint"), -1)),
            0);
    assertThat(new Truncate(new Position(LSN, 2), TIME, 731, orders, true, false).toJson())
        .isEqualTo(
            "{\"op\":\"truncate\",\"schema\":\"public\",\"table\":\"orders\","
                + "\"position\":{\"lsn\":\"0/16B3748\",\"ordinal\":2},"
                + "\"commitTime\":\"2026-11-23T10:15:30.123456Z\",\"xid\":731,"
                + "\"cascade\":true,\"restartIdentity\":false}");
    assertThat(
            new LogicalMessage(new Position(LSN, 0), 0, false, "app", "hi".getBytes(UTF_8))
                .toJson())
        .isEqualTo(
            "{\"op\":\"message\",\"position\":{\"lsn\":\"0/16B3748\",\"ordinal\":0},"
                + "\"commitTime\":null,\"transactional\":false,\"prefix\":\"app\","
                + "\"content\":\"hi\"}");
    assertThat(
            new Ddl(new Position(LSN, 4), TIME, 731, DdlStatement.ofText("DROP TABLE x", List.of()))
                .toJson())
        .isEqualTo(
            "{\"op\":\"ddl\",\"position\":{\"lsn\":\"0/16B3748\",\"ordinal\":4},"
                + "\"commitTime\":\"2026-11-23T10:15:30.123456Z\",\"xid\":731,"
                + "\"statement\":{\"version\":1,\"event\":\"end\",\"tag\":\"\",\"tags\":[],"
                + "\"text\":\"DROP TABLE x\"}}");
    assertThat(
            new SchemaChange(
                    new Position(LSN, 4),
                    TIME,
                    731,
                    orders,
                    null,
                    SchemaChange.Source.STRUCTURE,
                    Map.of())
                .toJson())
        .isEqualTo(
            "{\"op\":\"schema-change\",\"schema\":\"public\",\"table\":\"orders\","
                + "\"position\":{\"lsn\":\"0/16B3748\",\"ordinal\":4},"
                + "\"commitTime\":\"2026-11-23T10:15:30.123456Z\",\"xid\":731,"
                + "\"source\":\"structure\",\"before\":{\"schema\":\"public\","
                + "\"table\":\"orders\",\"oid\":16384,\"columns\":"
                + "[{\"name\":\"id\",\"type\":\"bigint\"}],\"key\":[\"id\"]},\"after\":null}");
    assertThat(SkippedJson.line(new Skipped(new Position(LSN, 3), "public.orders", 9_000_000)))
        .isEqualTo(
            "{\"op\":\"skipped\",\"position\":{\"lsn\":\"0/16B3748\",\"ordinal\":3},"
                + "\"commitTime\":null,\"of\":\"public.orders\",\"bytes\":9000000}");
  }
}
