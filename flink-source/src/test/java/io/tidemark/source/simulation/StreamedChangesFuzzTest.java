package io.tidemark.source.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.tidemark.postgres.Column;
import io.tidemark.postgres.KeyExtractor;
import io.tidemark.postgres.PgType;
import io.tidemark.postgres.PgType.Kind;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.ChangeJson;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.postgres.pgoutput.PgOutputBytes;
import io.tidemark.postgres.pgoutput.PgOutputBytes.ColumnBytes;
import io.tidemark.postgres.pgoutput.PgOutputDecoder;
import io.tidemark.postgres.pgoutput.PgOutputException;
import io.tidemark.postgres.pgoutput.PgOutputMessage.Relation;
import io.tidemark.postgres.stream.HistoryMismatchException;
import io.tidemark.postgres.stream.StreamPosition;
import io.tidemark.postgres.stream.TransactionAssembler;
import io.tidemark.postgres.types.MalformedValueException;
import io.tidemark.postgres.types.TypeCatalog;
import io.tidemark.source.format.Bytes;
import io.tidemark.source.format.ChangeSerializer;
import io.tidemark.testkit.Pieces;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Any sequence of messages becomes changes or is refused as documented; every change can be written
 * and read again and told as JSON, but for values that are none of their type. The input: whether a
 * transaction was cut, then messages as {@link Pieces}.
 */
class StreamedChangesFuzzTest {
  private static final TypeCatalog TYPES = new TypeCatalog();
  private static final StreamPosition CUT = new StreamPosition(90, 100, 2, 4);
  private static final byte[] BEGIN = PgOutputBytes.begin(100, 7, 3);
  private static final byte[] COMMIT = PgOutputBytes.commit(100, 110, 7);

  private final ChangeSerializer serializer = new ChangeSerializer();

  static Stream<byte[]> seeds() {
    byte[] orders = relation('d', 20, 25, 1700, 1184);
    byte[] numbers = relation('f', 23, 701, 1082, 16);
    byte[] nested = relation('i', 25, 1007, 3904, 3802);
    String zeros = "\0".repeat(4);
    return Stream.of(
        input(0, BEGIN, orders, PgOutputBytes.insert(7, "12345678", "a", null, null), COMMIT),
        input(
            0,
            BEGIN,
            orders,
            PgOutputBytes.update(7, "12345678", PgOutputBytes.UNCHANGED, null, "\0".repeat(8)),
            PgOutputBytes.update(
                7, 'K', new String[] {"87654321", null, null, null}, "12345678", "", null, null),
            PgOutputBytes.delete(7, 'K', "12345678", null, null, null),
            COMMIT),
        input(
            0,
            BEGIN,
            numbers,
            PgOutputBytes.update(
                7,
                'O',
                new String[] {zeros, zeros + zeros, zeros, "\1"},
                zeros,
                PgOutputBytes.UNCHANGED,
                zeros,
                "\0"),
            PgOutputBytes.truncate(1, 7),
            PgOutputBytes.message(true, 8, "prefix", "content"),
            COMMIT,
            PgOutputBytes.message(false, 8, "prefix", "content")),
        input(
            0,
            BEGIN,
            nested,
            PgOutputBytes.insert(7, "k", zeros.repeat(3), "\1", "\1{\"a\":\n1}"),
            COMMIT),
        input(
            1,
            BEGIN,
            orders,
            PgOutputBytes.insert(7, "12345678", "a", null, null),
            PgOutputBytes.insert(7, "12345679", "a", null, null),
            PgOutputBytes.insert(7, "12345670", "a", null, null),
            COMMIT));
  }

  @MethodSource("seeds")
  @FuzzTest
  void messagesAreChangesOrRefused(byte[] input) throws Exception {
    if (input.length == 0) {
      return;
    }
    PgOutputDecoder decoder = new PgOutputDecoder();
    TransactionAssembler assembler =
        new TransactionAssembler(
            StreamedChangesFuzzTest::schema, input[0] == 1 ? CUT : StreamPosition.at(0), List.of());
    long lsn = 0;
    for (byte[] message : Pieces.split(Arrays.copyOfRange(input, 1, input.length))) {
      lsn++;
      try {
        assembler.accept(decoder.decode(message, 0, lsn), lsn, (change, at) -> check(change));
      } catch (PgOutputException | HistoryMismatchException e) {
        assertThat(e).hasMessageContaining("LSN");
        return;
      }
    }
  }

  private void check(Change change) {
    String json = json(change);
    try {
      Change read = Bytes.read(serializer, Bytes.of(serializer, change));
      assertThat(json(read)).isEqualTo(json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (change instanceof RowChange row) {
      KeyExtractor keys = new KeyExtractor(row.schema());
      try {
        if (row.newTuple() == null) {
          keys.key(row.oldTuple());
        } else {
          keys.key(row.newTuple(), row.oldTuple());
        }
      } catch (IllegalStateException e) {
        assertThat(e).hasMessageContaining("key column ");
      }
    }
  }

  /** What is told of it, or what is wrong with a value. */
  private static String json(Change change) {
    try {
      return ChangeJson.toJson(change);
    } catch (MalformedValueException e) {
      assertThat(e).hasMessageContaining("column ").hasMessageContaining(" is malformed: ");
      return e.getMessage();
    }
  }

  private static TableSchema schema(Relation relation) {
    List<Column> columns =
        relation.columns().stream()
            .map(column -> new Column(column.name(), type(column.typeOid()), column.typeModifier()))
            .toList();
    int[] key =
        IntStream.range(0, columns.size())
            .filter(i -> relation.columns().get(i).identity())
            .toArray();
    TableName name = new TableName(relation.namespace(), relation.name());
    return new TableSchema(relation.oid(), name, relation.identity(), columns, key);
  }

  private static PgType type(int oid) {
    PgType known = TYPES.known(oid);
    return known == null ? new PgType(oid, "oid " + oid, Kind.UNKNOWN, null, true) : known;
  }

  private static byte[] relation(char identity, int... types) {
    ColumnBytes[] columns =
        IntStream.range(0, types.length)
            .mapToObj(i -> new ColumnBytes(i == 0 || identity == 'f', "c" + i, types[i]))
            .toArray(ColumnBytes[]::new);
    return PgOutputBytes.relation(7, "t", identity, columns);
  }

  private static byte[] input(int cut, byte[]... messages) {
    ByteArrayOutputStream input = new ByteArrayOutputStream();
    input.write(cut);
    input.writeBytes(Pieces.join(messages));
    return input.toByteArray();
  }
}
