package io.tidemark.postgres.ddl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import io.tidemark.postgres.ddl.DdlStatement.Event;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DdlStatementTest {
  private static final DdlSession SESSION =
      new DdlSession(
          "postgres",
          "postgres",
          "\"$user\", public",
          Map.of(
              "TimeZone",
              "UTC",
              "DateStyle",
              "ISO, MDY",
              "IntervalStyle",
              "postgres",
              "standard_conforming_strings",
              "on"));

  private static DdlStatement parse(String json) throws MalformedDdlException {
    return DdlStatement.parse(json.replace('\'', '"'));
  }

  private static DdlStatement message(int number) throws MalformedDdlException {
    return DdlStatement.parse(DdlMessages.all().get(number));
  }

  @Test
  void aNewTableIsReadWithItsColumns() throws MalformedDdlException {
    DdlStatement made = message(0);
    assertThat(made.event()).isEqualTo(Event.END);
    assertThat(made.tag()).isEqualTo("CREATE TABLE");
    assertThat(made.text())
        .hasValue(
            "create table orders (id bigint primary key, note varchar(10),"
                + " \"total \"\"x\"\"\" numeric(10,2) default 0)");
    assertThat(made.depth()).isZero();
    assertThat(made.isWithheld()).isFalse();
    assertThat(made.isUnsure()).isFalse();
    assertThat(made.session()).isEqualTo(SESSION);
    assertThat(made.commands())
        .containsExactly(
            new DdlCommand("CREATE TABLE", "table", "public", "public.orders", 16452),
            new DdlCommand("CREATE INDEX", "index", "public", "public.orders_pkey", 16457));
    assertThat(made.dropped()).isEmpty();
    assertThat(made.rewrite()).isEmpty();
    assertThat(made.tables())
        .containsExactly(
            new TableStructure(
                16452,
                2200,
                new TableName("public", "orders"),
                'r',
                false,
                "postgres",
                16452,
                List.of(),
                0,
                null,
                null,
                List.of(1),
                ReplicaIdentity.DEFAULT,
                List.of(),
                List.of(
                    column(1, "id", "bigint", 20, -1, true, null, null),
                    column(2, "note", "character varying(10)", 1043, 14, false, null, null),
                    column(3, "total \"x\"", "numeric(10,2)", 1700, 655366, false, "0", null))));
  }

  private static ColumnStructure column(
      int number,
      String name,
      String type,
      int oid,
      int modifier,
      boolean notNull,
      String defaultValue,
      String missing) {
    return new ColumnStructure(
        number, name, type, oid, modifier, notNull, defaultValue, null, false, "", missing, null);
  }

  @Test
  void anAddedColumnTellsWhatOlderRowsHaveInIt() throws MalformedDdlException {
    DdlStatement added = message(1);
    assertThat(added.tables().get(0).column("tags"))
        .hasValue(column(4, "tags", "text", 25, -1, false, "'no\nne'::text", "no\nne"));
    assertThat(added.json()).as("on one line").doesNotContain("\n");
  }

  @Test
  void aDroppedColumnIsToldAndIsNoColumnAnyMore() throws MalformedDdlException {
    DdlStatement dropped = message(2);
    assertThat(dropped.event()).isEqualTo(Event.DROP);
    assertThat(dropped.dropped())
        .containsExactly(
            new DroppedObject(
                "table column",
                "public",
                null,
                "public.orders.note",
                16452,
                2,
                true,
                List.of(),
                List.of()));
    TableStructure table = dropped.tables().get(0);
    assertThat(table.columns()).extracting(ColumnStructure::number).containsExactly(1, 3, 4);
    assertThat(table.column(2)).isEmpty();
    assertThat(table.column(3)).map(ColumnStructure::name).hasValue("total \"x\"");
    assertThat(message(3).event()).as("and then the statement ends").isEqualTo(Event.END);
    assertThat(message(3).text()).isEqualTo(dropped.text());
  }

  @Test
  void aRewriteTellsItsTableAndWhetherValuesChange() throws MalformedDdlException {
    DdlStatement rewrite = message(6);
    assertThat(rewrite.event()).isEqualTo(Event.REWRITE);
    assertThat(rewrite.rewrite()).hasValue(new TableRewrite(16452, 4));
    assertThat(rewrite.rewrite()).map(TableRewrite::changesValues).hasValue(true);
    assertThat(rewrite.tables()).isEmpty();
    assertThat(new TableRewrite(1, 1).changesValues()).as("another persistence").isFalse();
    assertThat(new TableRewrite(1, 2).changesValues()).as("a volatile default").isTrue();
    assertThat(new TableRewrite(1, 8).changesValues()).as("another access method").isFalse();
  }

  @Test
  void tablesOfAllKindsAreRead() throws MalformedDdlException {
    TableStructure root = message(8).tables().get(0);
    assertThat(root.isPartitioned()).isTrue();
    assertThat(root.fileNode()).isZero();
    assertThat(root.partitionKey()).isEqualTo("LIST (a)");
    assertThat(root.column("b")).map(ColumnStructure::collation).hasValue("\"C\"");
    ColumnStructure generated = root.column("c").orElseThrow();
    assertThat(generated.isGenerated()).isTrue();
    assertThat(generated.generated()).isEqualTo("(a * 2)");
    assertThat(generated.stored()).isTrue();
    assertThat(root.column("d")).map(ColumnStructure::identity).hasValue("d");

    TableStructure partition = message(11).tables().get(0);
    assertThat(partition.isPartitioned()).isFalse();
    assertThat(partition.parents()).containsExactly(root.oid());
    assertThat(partition.bound()).isEqualTo("FOR VALUES IN (1)");
    assertThat(partition.columns()).isEqualTo(root.columns());

    TableStructure unlogged = message(10).tables().get(0);
    assertThat(unlogged.unlogged()).isTrue();
    assertThat(unlogged.identity()).isEqualTo(ReplicaIdentity.INDEX);
    assertThat(unlogged.identityKey()).containsExactly(1);
    assertThat(unlogged.primaryKey()).isEmpty();
  }

  @Test
  void tablesOfARenamedSchemaAreMoved() throws MalformedDdlException {
    String json =
        "{\"version\":1,\"event\":\"end\",\"tag\":\"ALTER SCHEMA\",\"moved\":"
            + "[{\"oid\":4294967295,\"schema\":\"later\",\"name\":\"t\"}]}";
    MovedTable moved = DdlStatement.parse(json).moved().get(0);
    assertThat(moved).isEqualTo(new MovedTable(-1, new TableName("later", "t")));
    assertThat(moved.rename(new TableName("former", "renamed")))
        .isEqualTo(new TableName("later", "renamed"));
    assertThatThrownBy(() -> DdlStatement.parse(json.replace("\"name\":\"t\"", "\"name\":7")))
        .isInstanceOf(MalformedDdlException.class)
        .hasMessageContaining("'name'");
  }

  @Test
  void aTableThatLeavesAPublicationIsTold() throws MalformedDdlException {
    DroppedObject left = message(13).dropped().get(0);
    assertThat(left.type()).isEqualTo("publication relation");
    assertThat(left.names()).containsExactly("public", "orders");
    assertThat(left.arguments()).containsExactly("p");
  }

  @Test
  void whatIsNotKnownForSureIsTold() throws MalformedDdlException {
    DdlStatement withheld = message(14);
    assertThat(withheld.tag()).isEqualTo("CREATE FOREIGN DATA WRAPPER");
    assertThat(withheld.isWithheld()).isTrue();
    assertThat(withheld.text()).isEmpty();
    assertThat(message(15).depth()).as("in a DO block").isEqualTo(1);
    assertThat(message(16).commands())
        .as("a GRANT does not name what it is on")
        .containsExactly(new DdlCommand("GRANT", "TABLE", null, null, 0));
    assertThat(message(17).isUnsure()).as("under REPEATABLE READ").isTrue();
    DdlStatement gap = message(19);
    assertThat(gap.event()).isEqualTo(Event.GAP);
    assertThat(gap.session()).isEqualTo(DdlSession.UNKNOWN);
    assertThat(gap.text()).isEmpty();
  }

  @Test
  void eachMessageIsGivenBackAsItWas() throws MalformedDdlException {
    List<String> messages = DdlMessages.all();
    assertThat(messages).hasSize(26);
    for (String message : messages) {
      DdlStatement statement = DdlStatement.parse(message);
      assertThat(statement.json()).isEqualTo(message);
      assertThat(statement)
          .isEqualTo(DdlStatement.parse(message))
          .hasSameHashCodeAs(DdlStatement.parse(message))
          .hasToString(statement.event() + " of " + statement.tag());
    }
    assertThat(message(0)).isNotEqualTo(message(1));
  }

  @Test
  void aTextAloneIsAStatementToo() throws MalformedDdlException {
    DdlStatement statement =
        DdlStatement.ofText("CREATE TABLE \"a\\\n\"();", List.of("CREATE TABLE", "COMMENT"));
    assertThat(statement.event()).isEqualTo(Event.END);
    assertThat(statement.tag()).isEqualTo("CREATE TABLE");
    assertThat(statement.text()).hasValue("CREATE TABLE \"a\\\n\"();");
    assertThat(statement.session()).isEqualTo(DdlSession.UNKNOWN);
    assertThat(statement.json()).contains("\"tags\":[\"CREATE TABLE\",\"COMMENT\"]");
    assertThat(DdlStatement.parse(statement.json())).isEqualTo(statement);
    assertThat(DdlStatement.ofText("", List.of()).tag()).isEmpty();
  }

  @Test
  void membersOfLaterReleasesAreIgnored() throws MalformedDdlException {
    DdlStatement statement =
        parse(
            "{'version':1,'event':'end','tag':'COMMENT','more':{'a':[1.5e3,-1,null,true,[],{}]},"
                + "'huge':123456789012345678901234567890,'commands':[{'tag':'COMMENT',"
                + "'type':'table','new':[]}]}");
    assertThat(statement.commands())
        .containsExactly(new DdlCommand("COMMENT", "table", null, null, 0));
  }

  @Test
  void anotherVersionIsRefused() {
    assertThatThrownBy(() -> parse("{'version':2,'event':'end','tag':'COMMENT'}"))
        .isInstanceOf(MalformedDdlException.class)
        .hasMessage("a description of version 2; known is 1");
    assertThatThrownBy(() -> parse("{'event':'end','tag':'COMMENT'}"))
        .isInstanceOf(MalformedDdlException.class)
        .hasMessage("a description of version 0; known is 1");
  }

  @Test
  void severalLinesAreRefusedAsAStatementStandsInALine() {
    assertThatThrownBy(() -> parse("{'version':1,\n'event':'end','tag':'COMMENT'}"))
        .isInstanceOf(MalformedDdlException.class)
        .hasMessage("a description of several lines");
    assertThatThrownBy(() -> parse("{'version':1,'event':'end','tag':'COMMENT'}\r"))
        .isInstanceOf(MalformedDdlException.class)
        .hasMessage("a description of several lines");
  }

  /** Each has the word "secret", which no message has. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "secret",
        "['secret']",
        "{'text':'secret'",
        "{'text':'secret'} {}",
        "{'text':'secret','version':1,'event':'end','tag':'t',}",
        "{'text':'secret\t','version':1,'event':'end','tag':'t'}",
        "{'text':'secret','version':1,'event':'end','tag':'t'} 'secret'",
        "{'version':'secret','event':'end','tag':'t'}",
        "{'version':1.0,'event':'secret','tag':'t'}",
        "{'version':1,'event':'secret','tag':'t'}",
        "{'version':1,'event':'end','tag':{'secret':1}}",
        "{'version':1,'event':'end','text':'secret'}",
        "{'version':1,'event':'end','tag':'t','depth':99999999999,'text':'secret'}",
        "{'version':1,'event':'end','tag':'t','text':['secret']}",
        "{'version':1,'event':'end','tag':'t','role':'secret'}",
        "{'version':1,'event':'end','tag':'t','withheld':'secret'}",
        "{'version':1,'event':'end','tag':'t','commands':'secret'}",
        "{'version':1,'event':'end','tag':'t','commands':['secret']}",
        "{'version':1,'event':'end','tag':'t','commands':[{'tag':'secret'}]}",
        "{'version':1,'event':'end','tag':'t','commands':[{'tag':'secret','type':'t','oid':-1}]}",
        "{'version':1,'event':'drop','tag':'t','dropped':[{'type':'secret'}]}",
        "{'version':1,'event':'rewrite','tag':'t','rewrite':'secret'}",
        "{'version':1,'event':'end','tag':'t','tables':[{'shape':1,'name':'secret'}]}",
        "{'version':1,'event':'end','tag':'t','shapes':['secret']}",
        "{'version':1,'event':'end','tag':'t','shapes':[['secret']]}",
        "{'version':1,'event':'end','tag':'t','shapes':[[{'name':'secret'}]]}",
        "{'version':1,'event':'end','tag':'t','role':'r','sessionUser':'u','searchPath':'p',"
            + "'settings':{'secret':1}}",
        "{'version':1,'event':'end','tag':'t','shapes':[[]],'tables':[{'shape':0,"
            + "'schema':'s','name':'secret','kind':'r','persistence':'p','owner':'o',"
            + "'replicaIdentity':'x'}]}",
        "{'version':1,'event':'end','tag':'t','shapes':[[]],'tables':[{'shape':0,"
            + "'schema':'s','name':'n','kind':'secret','persistence':'p','owner':'o',"
            + "'replicaIdentity':'d'}]}",
      })
  void whatIsMalformedIsRefusedWithoutAWordOfIt(String json) {
    assertThatThrownBy(() -> parse(json))
        .isInstanceOf(MalformedDdlException.class)
        .hasMessageNotContaining("secret")
        .hasNoCause();
  }

  @Test
  void whatIsNestedTooDeepIsRefused() {
    String deep = "[".repeat(100_000);
    assertThatThrownBy(() -> parse("{'version':1,'more':" + deep))
        .isInstanceOf(MalformedDdlException.class);
  }
}
