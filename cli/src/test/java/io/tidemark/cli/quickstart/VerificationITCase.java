package io.tidemark.cli.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.postgres.Column;
import io.tidemark.postgres.PgType;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import io.tidemark.postgres.Tuple;
import io.tidemark.postgres.change.Position;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.postgres.change.SchemaChange;
import io.tidemark.testkit.postgres.PostgresExtension;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class VerificationITCase {
  @RegisterExtension static final PostgresExtension POSTGRES = PostgresExtension.builder().build();

  private static final TableName NAME = new TableName("public", "t");
  private static final TableSchema SCHEMA =
      new TableSchema(
          1,
          NAME,
          ReplicaIdentity.DEFAULT,
          List.of(
              new Column("id", PgType.base(23, "integer"), -1),
              new Column("body", PgType.base(25, "text"), -1)),
          0);

  private final HeldState held = new HeldState(true);
  private int changes;

  @BeforeEach
  void twoRows() throws SQLException {
    POSTGRES
        .database()
        .execute(
            "CREATE TABLE t (id int PRIMARY KEY, body text)",
            "INSERT INTO t VALUES (1, 'one'), (2, NULL)");
  }

  @Test
  void equalStatesAreVerified() throws SQLException {
    hold(1, "one");
    hold(2, null);

    assertThat(verdict()).isEqualTo(new Verdict(1, 2, 0, 0, 0));
  }

  @Test
  void aLostRowAnExtraRowAndADifferentRowAreFound() throws SQLException {
    hold(1, "two");
    hold(3, "three");

    assertThat(verdict()).isEqualTo(new Verdict(1, 2, 1, 1, 1));
  }

  @Test
  void aTableThatNeverArrivedIsMissing() throws SQLException {
    assertThat(verdict()).isEqualTo(new Verdict(1, 2, 2, 0, 0));
  }

  @Test
  void aTableUnderOtherColumnsIsMissing() throws SQLException {
    hold(1, "one");
    hold(2, null);
    POSTGRES.database().execute("ALTER TABLE t RENAME body TO text");

    assertThat(verdict()).isEqualTo(new Verdict(1, 2, 2, 2, 1));
  }

  @Test
  void soIsAnEmptyTableWithAnotherTypeOrAnotherKey() throws SQLException {
    POSTGRES.database().execute("TRUNCATE t");
    held.apply(change(null, SCHEMA));
    assertThat(verdict()).isEqualTo(new Verdict(1, 0, 0, 0, 0));
    POSTGRES.database().execute("ALTER TABLE t ALTER body TYPE varchar(9)");
    assertThat(verdict()).isEqualTo(new Verdict(1, 0, 0, 0, 1));
    POSTGRES.database().execute("ALTER TABLE t ALTER body TYPE text, DROP CONSTRAINT t_pkey");
    assertThat(verdict()).isEqualTo(new Verdict(1, 0, 0, 0, 1));
  }

  @Test
  void aTableThatIsHeldAndIsNotThereIsFound() throws SQLException {
    hold(1, "one");
    hold(2, null);
    TableName other = new TableName("public", "other");
    held.apply(change(SCHEMA, SCHEMA.named(other)));
    try (Connection connection = POSTGRES.database().connect()) {
      assertThat(new Verification(connection, held).compare(List.of(NAME)))
          .isEqualTo(Map.of(NAME, new Verdict(1, 2, 2, 0, 0), other, new Verdict(0, 0, 0, 2, 1)));
    }
    held.apply(change(SCHEMA, null));
    assertThat(held.names()).isEmpty();
  }

  private SchemaChange change(TableSchema before, TableSchema after) {
    return new SchemaChange(
        new Position(200 + changes++, 1),
        0,
        1,
        before,
        after,
        SchemaChange.Source.STRUCTURE,
        Map.of());
  }

  @Test
  void anEmptyTableHasNoRows() throws SQLException {
    hold(1, "one");
    POSTGRES.database().execute("TRUNCATE t");

    assertThat(verdict()).isEqualTo(new Verdict(1, 0, 0, 1, 0));
  }

  private Verdict verdict() throws SQLException {
    try (Connection connection = POSTGRES.database().connect()) {
      return new Verification(connection, held).compare(List.of(NAME)).get(NAME);
    }
  }

  private void hold(int id, String body) {
    byte[] text = body == null ? new byte[0] : body.getBytes(StandardCharsets.UTF_8);
    ByteBuffer row = ByteBuffer.allocate(2 + 4 + 4 + 4 + text.length);
    row.putShort((short) 2).putInt(4).putInt(id).putInt(body == null ? -1 : text.length).put(text);
    held.apply(
        RowChange.read(SCHEMA, new Tuple(row.array(), 0, row.capacity(), Tuple.Layout.COPY), 100));
  }
}
