package io.tidemark.postgres.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.postgres.Column;
import io.tidemark.postgres.PgType;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.postgres.change.SchemaChange;
import io.tidemark.postgres.pgoutput.PgOutputBytes;
import io.tidemark.postgres.pgoutput.PgOutputBytes.ColumnBytes;
import io.tidemark.postgres.pgoutput.PgOutputDecoder;
import io.tidemark.postgres.pgoutput.PgOutputMessage.Relation;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A column was dropped and added again, and no statement has told it. */
class UntoldStatementsTest {
  private static final int OID = 10;
  private static final byte[] RELATION =
      PgOutputBytes.relation(
          OID, "t", 'd', new ColumnBytes(true, "id", 25), new ColumnBytes(false, "note", 25));

  private final PgOutputDecoder decoder = new PgOutputDecoder();
  private final List<Change> changes = new ArrayList<>();
  private final Catalog catalog = new Catalog();
  private TransactionAssembler assembler = assembler();

  /** A catalog of now, in which a superuser does things. */
  private static final class Catalog implements SchemaResolver {
    private int number = 2;
    private long walEnd = 500;
    private String triggers = "1";

    @Override
    public TableSchema resolve(Relation relation) {
      return table(number);
    }

    @Override
    public byte[] signingKey() {
      return new byte[32];
    }

    @Override
    public Telling telling() {
      return new Telling(walEnd, triggers);
    }
  }

  private static TableSchema table(int number) {
    PgType text = PgType.base(25, "text");
    return new TableSchema(
        OID,
        new TableName("public", "t"),
        ReplicaIdentity.DEFAULT,
        List.of(new Column("id", text, -1, 1), new Column("note", text, -1, number)),
        0);
  }

  private TransactionAssembler assembler() {
    return new TransactionAssembler(catalog, StreamPosition.at(0), List.of(table(2)));
  }

  /** The number of the second column in a row of a transaction. */
  private int numberAt(long commitLsn, boolean tellsTable) throws Exception {
    changes.clear();
    send(PgOutputBytes.begin(commitLsn, 7, 3));
    if (tellsTable) {
      send(RELATION);
    }
    send(PgOutputBytes.insert(OID, "1", "a"));
    send(PgOutputBytes.commit(commitLsn, commitLsn + 10, 7));
    return ((RowChange) changes.get(changes.size() - 2)).schema().columns().get(1).number();
  }

  private void send(byte[] message) throws Exception {
    assembler.accept(decoder.decode(message, 0, 1), 1, (change, lsn) -> changes.add(change));
  }

  @Test
  void aCatalogThatIsAheadIsNotBelieved() throws Exception {
    assertThat(numberAt(100, true)).isEqualTo(2);
    catalog.number = 3;
    assertThat(numberAt(200, true)).isEqualTo(2);
    assertThat(numberAt(400, false)).isEqualTo(2);
  }

  @Test
  void itIsBelievedOnceTheStreamIsWhereItWasAsked() throws Exception {
    catalog.number = 3;
    assertThat(numberAt(499, true)).isEqualTo(2);
    assertThat(changes).hasSize(3);
    assertThat(numberAt(500, false)).isEqualTo(3);
    assertThat(changes.get(1)).isInstanceOf(SchemaChange.class);
    catalog.number = 4;
    catalog.walEnd = 700;
    assertThat(numberAt(600, true)).isEqualTo(3);
    assertThat(numberAt(700, true)).as("the catalog is asked again").isEqualTo(4);
  }

  @Test
  void itIsBelievedAtOnceIfATriggerWasTouched() throws Exception {
    assertThat(numberAt(100, true)).isEqualTo(2);
    catalog.number = 3;
    catalog.triggers = "2";
    assertThat(numberAt(200, true)).isEqualTo(3);
    catalog.number = 4;
    assertThat(numberAt(300, true)).as("nothing is known any more").isEqualTo(4);
  }

  @Test
  void atAStartItIsBelievedOnceTheStreamIsWhereItWasAsked() throws Exception {
    catalog.number = 3;
    catalog.triggers = "touched while the capture was away";
    assembler = assembler();
    assertThat(numberAt(100, true)).isEqualTo(2);
    assertThat(numberAt(600, false)).isEqualTo(3);
  }
}
