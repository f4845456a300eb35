package io.tidemark.postgres.change;

import static io.tidemark.postgres.change.Rows.UNCHANGED;
import static io.tidemark.postgres.change.Rows.hex;
import static io.tidemark.postgres.change.Rows.row;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.postgres.Column;
import io.tidemark.postgres.PgType;
import io.tidemark.postgres.PgType.Kind;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import io.tidemark.postgres.change.RowChange.Origin;
import io.tidemark.postgres.ddl.DdlStatement;
import io.tidemark.postgres.ddl.MalformedDdlException;
import io.tidemark.postgres.types.TypeCatalog;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ChangeJsonTest {
  private static final TypeCatalog TYPES = new TypeCatalog();
  private static final PgType INT4 = TYPES.known(23);
  private static final PgType TEXT = TYPES.known(25);

  /** 2026-11-23 10:15:30.5 UTC. */
  private static final long TIME = (1_795_428_930L - 946_684_800L) * 1_000_000 + 500_000;

  private static final Position AT = new Position(16, 1);
  private static final Origin ORIGIN = new Origin(0x16B_3748, 2, TIME, -1);
  private static final TableSchema TABLE = Rows.table(List.of(INT4, TEXT, TEXT), 0);
  private static final String HEAD =
      ",'schema':'public','table':'t','position':{'lsn':'0/16B3748','ordinal':2},"
          + "'commitTime':'2026-11-23T10:15:30.500Z','xid':4294967295";

  @Test
  void rowsAreObjects() {
    assertJson(
        RowChange.insert(TABLE, row(1, "x\n\"", null), ORIGIN),
        "{'op':'insert'" + HEAD + ",'key':{'a':1},'new':{'a':1,'b':'x\\n\\\"','c':null}}");
    assertJson(
        RowChange.update(TABLE, row(2, UNCHANGED, "y"), row(1, null, null), false, ORIGIN),
        "{'op':'update'"
            + HEAD
            + ",'key':{'a':2},'new':{'a':2,'c':'y'},'old':{'a':1},'unchanged':['b']}");
    assertJson(
        RowChange.update(TABLE, row(1, UNCHANGED, "y"), row(1, "b", "x"), true, ORIGIN),
        "{'op':'update'"
            + HEAD
            + ",'key':{'a':1},'new':{'a':1,'b':'b','c':'y'},'old':{'a':1,'b':'b','c':'x'}}");
    assertJson(
        RowChange.delete(TABLE, row(1, null, null), false, ORIGIN),
        "{'op':'delete'" + HEAD + ",'key':{'a':1},'old':{'a':1}}");
    assertJson(
        RowChange.read(Rows.table(List.of(INT4)), row(1), 16),
        "{'op':'read','schema':'public','table':'t','position':{'lsn':'0/10','ordinal':0},"
            + "'commitTime':null,'xid':null,'new':{'a':1}}");
  }

  @Test
  void everythingElseIsAnObjectToo() {
    Position position = new Position(16, 1);
    assertJson(
        new Begin(position, 0, 7),
        "{'op':'begin','position':{'lsn':'0/10','ordinal':1},'commitTime':null,'xid':7}");
    assertJson(
        new Commit(position, 32, 0),
        "{'op':'commit','position':{'lsn':'0/10','ordinal':1},'commitTime':null,'endLsn':'0/20'}");
    assertJson(
        new Truncate(position, 0, 7, TABLE, true, false),
        "{'op':'truncate','schema':'public','table':'t','position':{'lsn':'0/10','ordinal':1},"
            + "'commitTime':null,'xid':7,'cascade':true,'restartIdentity':false}");
    assertJson(
        new LogicalMessage(position, 0, true, "p", "hé".getBytes(UTF_8)),
        "{'op':'message','position':{'lsn':'0/10','ordinal':1},'commitTime':null,"
            + "'transactional':true,'prefix':'p','content':'hé'}");
    assertThat(ChangeJson.toJson(new LogicalMessage(position, 0, false, "p", hex("ff00"))))
        .endsWith("\"contentHex\":\"ff00\"}");
  }

  @Test
  void aStatementIsAnObjectOfItsOwn() throws MalformedDdlException {
    String json = "{'version': 1, 'event': 'end', 'tag': 'COMMENT', 'text': 'a\\n', 'x': 1e9}";
    Ddl ddl = new Ddl(AT, TIME, 7, DdlStatement.parse(json.replace('\'', '"')));
    assertJson(
        ddl,
        "{'op':'ddl','position':{'lsn':'0/10','ordinal':1},"
            + "'commitTime':'2026-11-23T10:15:30.500Z','xid':7,'statement':"
            + json
            + "}");
    assertJson(
        new Ddl(AT, 0, 7, DdlStatement.ofText("a\n\"", List.of("COMMENT"))),
        "{'op':'ddl','position':{'lsn':'0/10','ordinal':1},'commitTime':null,'xid':7,"
            + "'statement':{'version':1,'event':'end','tag':'COMMENT','tags':['COMMENT'],"
            + "'text':'a\\n\\\"'}}");
  }

  @Test
  void aChangeOfATableTellsWhatChanged() {
    TableSchema before =
        new TableSchema(
            -1,
            TABLE.name(),
            ReplicaIdentity.DEFAULT,
            List.of(
                new Column("id", INT4, -1, 1),
                new Column("note", TEXT, -1, 2),
                new Column("total", INT4, -1, 3),
                new Column("gone", TEXT, -1, 4)),
            0);
    TableSchema after =
        new TableSchema(
            -1,
            TABLE.name(),
            ReplicaIdentity.FULL,
            List.of(
                new Column("id", INT4, -1, 1),
                new Column("remark", TEXT, -1, 2),
                new Column("total", TYPES.known(1700), 655_366, 3),
                new Column("tags", TEXT, -1, 5),
                new Column("more", TEXT, -1, 6)),
            0,
            3);
    assertJson(
        new SchemaChange(
            AT, 0, 7, before, after, SchemaChange.Source.STRUCTURE, Map.of(5, "no\nne")),
        "{'op':'schema-change','schema':'public','table':'t',"
            + "'position':{'lsn':'0/10','ordinal':1},'commitTime':null,'xid':7,"
            + "'source':'structure',"
            + "'before':{'schema':'public','table':'t','oid':4294967295,'columns':["
            + "{'number':1,'name':'id','type':'integer'},{'number':2,'name':'note','type':'text'},"
            + "{'number':3,'name':'total','type':'integer'},"
            + "{'number':4,'name':'gone','type':'text'}],'key':['id']},"
            + "'after':{'schema':'public','table':'t','oid':4294967295,'columns':["
            + "{'number':1,'name':'id','type':'integer'},"
            + "{'number':2,'name':'remark','type':'text'},"
            + "{'number':3,'name':'total','type':'numeric','modifier':655366},"
            + "{'number':5,'name':'tags','type':'text'},"
            + "{'number':6,'name':'more','type':'text'}],'key':['id','tags']},"
            + "'added':['tags','more'],'dropped':['gone'],'renamed':{'note':'remark'},"
            + "'retyped':['total'],'newKey':true,'missing':{'tags':'no\\nne'}}");
  }

  @Test
  void aTableThatComesOrGoesHasOneSide() {
    TableSchema table = Rows.table(List.of(INT4));
    String head =
        "{'op':'schema-change','schema':'public','table':'t',"
            + "'position':{'lsn':'0/10','ordinal':1},'commitTime':null,'xid':null,";
    String columns =
        "{'schema':'public','table':'t','oid':16384,'columns':["
            + "{'name':'a','type':'integer'}],'key':[]}";
    assertJson(
        new SchemaChange(AT, 0, 0, null, table, SchemaChange.Source.RELATION, Map.of()),
        head + "'source':'relation','before':null,'after':" + columns + "}");
    assertJson(
        new SchemaChange(AT, 0, 0, table, null, SchemaChange.Source.STRUCTURE, Map.of()),
        head + "'source':'structure','before':" + columns + ",'after':null}");
    assertJson(
        new SchemaChange(AT, 0, 0, table, table, SchemaChange.Source.RELATION, Map.of(9, "x")),
        head + "'source':'relation','before':" + columns + ",'after':" + columns + "}");
  }

  @Test
  void numbersKeepTheirDigits() {
    assertValue(20, Long.MAX_VALUE, "9223372036854775807");
    assertValue(1700, hex("0002 0000 0000 0003 0001 1388"), "1.500");
    assertValue(1700, hex("0001 fffe 0000 0008 0001"), "0.00000001");
    assertValue(1700, hex("0000 0000 c000 0000"), "'NaN'");
    assertValue(1700, hex("0000 0000 f000 0020"), "'-Infinity'");
    assertValue(701, Double.doubleToLongBits(0.1), "0.1");
    assertValue(701, Double.doubleToLongBits(Double.NEGATIVE_INFINITY), "'-Infinity'");
    assertValue(700, Float.floatToIntBits(Float.NaN), "'NaN'");
    assertValue(PgType.money(2), 1234L, "12.34");
    assertValue(PgType.money(0), 1234L, "1234");
    assertValue(5069, -1L, "18446744073709551615");
  }

  @Test
  void aNumberOfTheLargestScaleIsWritten() {
    assertValue(1700, hex("0001 f001 0000 3ffc 0001"), "0." + "0".repeat(16_379) + "1");
  }

  @Test
  void datesAndTimesAreIso() {
    assertValue(1082, Integer.MAX_VALUE, "'infinity'");
    assertValue(1082, -730_119, "'0001-01-01'");
    assertValue(1082, -730_120, "'0000-12-31'");
    assertValue(1114, 0L, "'2000-01-01T00:00:00'");
    assertValue(1114, Long.MIN_VALUE, "'-infinity'");
    assertValue(1184, 1L, "'2000-01-01T00:00:00.000001Z'");
    assertValue(1083, 86_400_000_000L, "'24:00:00'");
    assertValue(1266, hex("0000000000000000 fffff1f0"), "'00:00:00+01:00'");
    assertValue(1186, hex("0000000000000001 00000002 0000000e"), "'P1Y2M2DT0.000001S'");
  }

  @Test
  void jsonIsEmbeddedOnOneLine() {
    assertValue(114, "{\"a\":\n 1e400}", "{'a':  1e400}");
    assertValue(3802, hex("01 5b315d"), "[1]");
    assertValue(199, hex("00000001 00000000 00000072 00000001 00000001 00000002 7b7d"), "[{}]");
  }

  @Test
  void nestedValuesAreNested() {
    assertValue(17, hex("00ff"), "'\\\\x00ff'");
    assertValue(
        1007,
        hex(
            "00000002 00000000 00000017 00000001 00000001 00000002 00000001"
                + "00000004 00000001 ffffffff"),
        "[[1,null]]");
    assertValue(3904, hex("01"), "{'empty':true}");
    assertValue(3904, hex("12 00000004 00000001"), "{'lower':1,'upper':null,'bounds':'[)'}");
    assertValue(
        4451,
        hex("00000001 00000009 12 00000004 00000001"),
        "[{'lower':1,'upper':null,'bounds':'[)'}]");
    assertValue(
        new PgType(70_000, "public.pair", Kind.COMPOSITE, null, true),
        hex("00000002 00000f40 00000009 12 00000004 00000001 00000072 00000002 7b7d"),
        "[{'lower':1,'upper':null,'bounds':'[)'},{}]");
    PgType hstore = PgType.base(70_001, "public.hstore");
    assertValue(
        PgType.composite(70_002, "public.tagged", List.of(hstore, PgType.money(0)), true),
        hex("00000002 00011171 00000004 00000000 00000316 00000008 0000000000000007"),
        "[{},7]");
    assertValue(hstore, hex("00000001 00000001 61 ffffffff"), "{'a':null}");
    assertValue(3220, 16L, "'0/10'");
    assertValue(600, hex("3ff0000000000000 4000000000000000"), "'(1.0,2.0)'");
  }

  @Test
  void aLineEndsInALineFeed() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Begin begin = new Begin(new Position(16, 0), 0, 7);
    ChangeJson.writeLine(begin, out);
    ChangeJson.writeLine(begin, out);
    String line = ChangeJson.toJson(begin) + "\n";
    assertThat(out.toString(UTF_8)).isEqualTo(line + line);
  }

  private static void assertValue(int oid, Object value, String json) {
    assertValue(TYPES.known(oid), value, json);
  }

  private static void assertValue(PgType type, Object value, String json) {
    RowChange change = RowChange.read(Rows.table(List.of(type)), row(value), 16);
    assertThat(ChangeJson.toJson(change))
        .endsWith(",\"new\":{\"a\":" + json.replace('\'', '"') + "}}");
  }

  private static void assertJson(Change change, String json) {
    assertThat(ChangeJson.toJson(change)).isEqualTo(json.replace('\'', '"'));
  }
}
