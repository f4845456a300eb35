package io.tidemark.postgres.stream;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.postgres.Column;
import io.tidemark.postgres.PgType;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import io.tidemark.postgres.Tuple;
import io.tidemark.postgres.setup.RefusedException;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What partitions tell is in {@link TransactionAssemblerTest}. */
class RowIdentitiesTest {
  private static final TableName NAME = new TableName("public", "t");
  private static final Tuple BOTH = tuple("1", "a");
  private static final Tuple NO_KEY = tuple(null, "a");
  private static final Tuple NO_NOTE = tuple("1", null);

  @Test
  void underFullARowWithoutAKeyIsOfBeforeTheKey() {
    RowIdentities full = identities(ReplicaIdentity.FULL, 0);
    String late = "a row of public.t at LSN 0/7 has no value in its key [id]";

    assertRefused(() -> full.checkNew(NO_KEY, 7), late);
    assertRefused(() -> full.check(NO_KEY, true, 7), late);
    assertThatCode(
            () -> {
              full.checkNew(NO_NOTE, 7);
              full.check(NO_NOTE, true, 7);
              full.check(BOTH, true, 7);
            })
        .doesNotThrowAnyException();
  }

  @Test
  void otherwiseAnOldRowMayLackAllButTheKey() {
    RowIdentities byKey = identities(ReplicaIdentity.DEFAULT, 0);
    RowIdentities byRow = identities(ReplicaIdentity.DEFAULT);

    assertThatCode(
            () -> {
              byKey.check(null, false, 7);
              byKey.check(NO_NOTE, false, 7);
              byRow.check(NO_NOTE, true, 7);
            })
        .doesNotThrowAnyException();
    assertRefused(() -> byKey.check(NO_KEY, false, 7), "the key is [id]");
    assertRefused(() -> byRow.check(null, false, 7), "the key is the whole row");
    assertRefused(() -> byRow.check(NO_NOTE, false, 7), "the key is the whole row");
  }

  private static void assertRefused(Runnable check, String message) {
    assertThatThrownBy(check::run)
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining(message);
  }

  private static RowIdentities identities(ReplicaIdentity identity, int... key) {
    PgType text = PgType.base(25, "text");
    List<Column> columns = List.of(new Column("id", text, -1), new Column("note", text, -1));
    return new RowIdentities(new TableSchema(1, NAME, identity, columns, key), null);
  }

  private static Tuple tuple(String id, String note) {
    ByteBuffer bytes = ByteBuffer.allocate(32).putShort((short) 2);
    for (String value : new String[] {id, note}) {
      if (value == null) {
        bytes.put((byte) 'n');
      } else {
        bytes.put((byte) 'b').putInt(1).put((byte) value.charAt(0));
      }
    }
    return new Tuple(bytes.array(), 0, bytes.position(), Tuple.Layout.PGOUTPUT);
  }
}
