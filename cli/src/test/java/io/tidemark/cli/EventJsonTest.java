package io.tidemark.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.gateway.client.StreamEvent;
import io.tidemark.postgres.Column;
import io.tidemark.postgres.Lsn;
import io.tidemark.postgres.PgType;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class EventJsonTest {
  private static final Lsn LSN = new Lsn(0x16B_3748);
  private static final Instant TIME = Instant.parse("2026-11-23T10:15:30.123456Z");

  @Test
  void nothingThatIsAcknowledgedIsLeftOutButTheBoundsOfTransactions() throws Exception {
    TableSchema orders =
        new TableSchema(
            16384,
            new TableName("public", "orders"),
            ReplicaIdentity.DEFAULT,
            List.of(new Column("id", PgType.base(20, "bigint"), -1)),
            0);
    assertThat(EventJson.line(new StreamEvent.Truncate(orders, LSN, 2, TIME, 731, true, false)))
        .isEqualTo(
            "{\"op\":\"truncate\",\"schema\":\"public\",\"table\":\"orders\","
                + "\"position\":{\"lsn\":\"0/16B3748\",\"ordinal\":2},"
                + "\"commitTime\":\"2026-11-23T10:15:30.123456Z\",\"xid\":731,"
                + "\"cascade\":true,\"restartIdentity\":false}");
    assertThat(
            EventJson.line(
                new StreamEvent.LogicalMessage(
                    LSN, 0, Optional.empty(), false, "app", "hi".getBytes(UTF_8))))
        .isEqualTo(
            "{\"op\":\"message\",\"position\":{\"lsn\":\"0/16B3748\",\"ordinal\":0},"
                + "\"commitTime\":null,\"transactional\":false,\"prefix\":\"app\","
                + "\"contentHex\":\"6869\"}");
    assertThat(EventJson.line(new StreamEvent.Skipped(LSN, 3, "public.orders", 9_000_000)))
        .isEqualTo(
            "{\"op\":\"skipped\",\"position\":{\"lsn\":\"0/16B3748\",\"ordinal\":3},"
                + "\"commitTime\":null,\"of\":\"public.orders\",\"bytes\":9000000}");
    assertThat(EventJson.line(new StreamEvent.Begin(LSN, TIME, 731))).isNull();
    assertThat(EventJson.line(new StreamEvent.Commit(LSN, 4, LSN, TIME))).isNull();
  }
}
