package io.tidemark.dump.chunk;

import static io.tidemark.dump.chunk.CopyBytes.HEADER;
import static io.tidemark.dump.chunk.CopyBytes.TRAILER;
import static io.tidemark.dump.chunk.CopyBytes.concat;
import static io.tidemark.dump.chunk.CopyBytes.row;
import static io.tidemark.dump.chunk.CopyBytes.tuple;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.tidemark.postgres.Column;
import io.tidemark.postgres.KeyExtractor;
import io.tidemark.postgres.KeyHasher;
import io.tidemark.postgres.PgType;
import io.tidemark.postgres.PgType.Kind;
import io.tidemark.postgres.RowKey;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import io.tidemark.postgres.Tuple;
import io.tidemark.postgres.types.MalformedValueException;
import io.tidemark.postgres.types.TypeCatalog;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A row that {@link CopyDecoder} lets through has a key, or is refused as documented; the key is
 * canonical, has the hash that is taken without it, and is an SQL condition. The input: a byte for
 * the number of columns, one for which of them are the key, one for the type of each, the row.
 */
class CopiedKeysFuzzTest {
  private static final int MAX_COLUMNS = 4;

  private static final List<PgType> TYPES = types();

  static Stream<byte[]> seeds() {
    return Stream.of(
        input(1, List.of("bigint"), row(hex("0000000000000007"))),
        input(2, List.of("bigint", "text"), tuple("12345678", "a'b")),
        input(0, List.of("text", "character", "bytea"), tuple("a", "b  ", null)),
        input(
            3, List.of("real", "double precision"), row(hex("80000000"), hex("7ff8000000000001"))),
        input(1, List.of("numeric"), row(hex("0004 0001 0000 0004 0000 0001 1388 0000"))),
        input(1, List.of("numeric"), row(hex("0000 0000 c000 0000"))),
        input(1, List.of("numeric"), row(hex("0004 8000 0000 0000 0000 0004 0003 0000"))),
        input(1, List.of("public.amount"), row(hex("0001 0000 4000 0000 0001"))),
        input(
            3,
            List.of("date", "time with time zone"),
            row(hex("7fffffff"), hex("000000141dd76000 00000000"))),
        input(
            3,
            List.of("timestamp with time zone", "inet"),
            row(new byte[8], hex("02200004 0a000001"))),
        input(3, List.of("public.mood", "public.unsendable"), tuple("ok", "as text")),
        input(1, List.of("public.citext"), tuple("Ab")));
  }

  @MethodSource("seeds")
  @FuzzTest
  void rowsHaveKeysOrAreRefused(byte[] input) throws Exception {
    if (input.length < 2 + MAX_COLUMNS) {
      return;
    }
    TableSchema schema = schema(input);
    CopyDecoder decoder = new CopyDecoder(schema.columns().size());
    List<byte[]> rows = new ArrayList<>();
    try {
      byte[] row = Arrays.copyOfRange(input, 2 + MAX_COLUMNS, input.length);
      decoder.message(concat(HEADER, row, TRAILER), rows::add);
      decoder.end();
    } catch (CopyFormatException e) {
      return;
    }
    KeyHasher hasher = new KeyHasher(schema);
    for (byte[] row : rows) {
      check(schema, hasher, row);
    }
  }

  private static void check(TableSchema schema, KeyHasher hasher, byte[] row) throws SQLException {
    KeyExtractor keys = new KeyExtractor(schema);
    RowKey key;
    try {
      key = keys.key(new Tuple(row, 0, row.length, Tuple.Layout.COPY));
    } catch (IllegalStateException e) {
      assertThat(e).hasMessageContaining("key column ");
      return;
    }
    assertThat(hasher.hash(row)).isEqualTo(key.hashCode());
    TableSchema ofKey = keyAlone(schema);
    assertThat(new KeyExtractor(ofKey).key(keys.tuple(key))).isEqualTo(key);
    Tuple values = keys.tuple(key);
    boolean hasNull = IntStream.range(0, values.size()).anyMatch(values::isNull);
    // PostgreSQL lets no column of a key be null.
    if (!(schema.hasKey() && hasNull)) {
      render(schema, ofKey, key);
    }
  }

  private static void render(TableSchema schema, TableSchema ofKey, RowKey key)
      throws SQLException {
    if (ofKey.columns().stream().allMatch(column -> isRendered(column.type()))) {
      try {
        KeyConditions conditions = KeyConditions.of(schema, null);
        assertThat(conditions.conditions(List.of(key))).hasSize(1);
      } catch (MalformedValueException e) {
        assertThat(e).hasMessageContaining("is malformed: ");
      }
    }
  }

  /** Without a question to the server. */
  private static boolean isRendered(PgType type) {
    return !type.binary() || KeyLiterals.supports(type);
  }

  private static TableSchema schema(byte[] input) {
    int count = 1 + (input[0] & 0xFF) % MAX_COLUMNS;
    List<Column> columns = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      columns.add(new Column("c" + i, TYPES.get((input[2 + i] & 0xFF) % TYPES.size()), -1));
    }
    int[] key = IntStream.range(0, count).filter(i -> (input[1] >> i & 1) != 0).toArray();
    return table(columns, key);
  }

  /** The table that a key is a row of, all of it key. */
  private static TableSchema keyAlone(TableSchema schema) {
    List<Column> columns =
        schema.hasKey()
            ? IntStream.range(0, schema.keySize())
                .mapToObj(i -> schema.columns().get(schema.keyColumn(i)))
                .toList()
            : schema.columns();
    return table(columns, IntStream.range(0, columns.size()).toArray());
  }

  private static TableSchema table(List<Column> columns, int... key) {
    return new TableSchema(7, new TableName("public", "t"), ReplicaIdentity.DEFAULT, columns, key);
  }

  private static byte[] input(int key, List<String> types, byte[] row) {
    byte[] head = new byte[2 + MAX_COLUMNS];
    head[0] = (byte) (types.size() - 1);
    head[1] = (byte) key;
    List<String> names = TYPES.stream().map(PgType::name).toList();
    for (int i = 0; i < types.size(); i++) {
      head[2 + i] = (byte) names.indexOf(types.get(i));
    }
    return concat(head, row);
  }

  private static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits.replace(" ", ""));
  }

  private static List<PgType> types() {
    TypeCatalog builtIn = new TypeCatalog();
    List<PgType> types = new ArrayList<>();
    for (int oid = 16; oid < 6200; oid++) {
      PgType type = builtIn.known(oid);
      if (type != null && type.binary() && KeyLiterals.supports(type)) {
        types.add(type);
      }
    }
    types.add(builtIn.known(1007));
    types.add(builtIn.known(3904));
    types.add(new PgType(70_000, "public.amount", Kind.DOMAIN, builtIn.known(1700), true));
    types.add(new PgType(70_001, "public.mood", Kind.ENUM, null, true));
    types.add(PgType.base(70_002, "public.citext"));
    types.add(new PgType(70_003, "public.unsendable", Kind.BASE, null, false));
    types.add(new PgType(70_004, "gone", Kind.UNKNOWN, null, true));
    return types;
  }
}
