package io.tidemark.gateway.conformance;

import com.google.protobuf.ByteString;
import io.tidemark.gateway.delivery.Message.Kind;
import io.tidemark.gateway.event.EventEncoder;
import io.tidemark.gateway.link.GatewayEndpoint;
import io.tidemark.gateway.link.PublicationLink;
import io.tidemark.gateway.link.SteerLink;
import io.tidemark.gateway.outbox.Entry;
import io.tidemark.gateway.outbox.Outbox;
import io.tidemark.gateway.outbox.OutboxState;
import io.tidemark.gateway.pgcapture.DdlLogs;
import io.tidemark.gateway.wire.Event;
import io.tidemark.gateway.wire.Hello;
import io.tidemark.gateway.wire.RangeWanted;
import io.tidemark.gateway.wire.Row;
import io.tidemark.postgres.Column;
import io.tidemark.postgres.PgType;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.change.Ddl;
import io.tidemark.postgres.change.Position;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.postgres.change.SchemaChange;
import io.tidemark.postgres.ddl.DdlStatement;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * A capture job without Flink and PostgreSQL: the outbox and the links of a real one, with rows of
 * {@code (id int4, name text)} that the test thinks of.
 */
final class TestJob implements AutoCloseable {
  static final Outbox.Options OPTIONS = new Outbox.Options(16, 1 << 20, 64 << 20, 64 << 10);

  final Outbox outbox;
  final BlockingQueue<Throwable> failures = new LinkedBlockingQueue<>();
  final BlockingQueue<RangeWanted> wanted = new LinkedBlockingQueue<>();
  final BlockingQueue<Long> closed = new LinkedBlockingQueue<>();
  final BlockingQueue<Boolean> pauses = new LinkedBlockingQueue<>();
  private final PublicationLink link;
  private final GatewayEndpoint gateway;
  private final String uri;
  private final Map<String, TableSchema> tables = new HashMap<>();
  private final EventEncoder encoder;
  private SteerLink steer;
  private long lsn = 1000;

  TestJob(InetSocketAddress address, String uri, String job, long epoch) throws IOException {
    this(
        GatewayEndpoint.plain(address.getHostString(), address.getPort()),
        uri,
        job,
        epoch,
        new Outbox(OPTIONS, OutboxState.empty()));
  }

  TestJob(GatewayEndpoint gateway, String uri, String job, long epoch, Outbox outbox)
      throws IOException {
    this(gateway, uri, job, epoch, outbox, 0);
  }

  TestJob(
      GatewayEndpoint gateway,
      String uri,
      String job,
      long epoch,
      Outbox outbox,
      long maxMessageBytes)
      throws IOException {
    this.gateway = gateway;
    this.uri = uri;
    this.outbox = outbox;
    this.encoder = new EventEncoder(outbox::table);
    Hello hello =
        Hello.newBuilder()
            .setUri(uri)
            .setJob(job)
            .setEpoch(epoch)
            .setRun(77 + epoch)
            .setMaxMessageBytes(maxMessageBytes)
            .build();
    link = new PublicationLink(gateway, hello, outbox, failures::add);
    link.start();
  }

  /** Asks for dumps, too. */
  TestJob steered(Set<Long> held) throws IOException {
    steer =
        new SteerLink(
            gateway,
            uri,
            held,
            new SteerLink.Listener() {
              @Override
              public void wanted(RangeWanted range) {
                wanted.add(range);
              }

              @Override
              public void closed(long request) {
                closed.add(request);
              }

              @Override
              public void paused(boolean paused) {
                pauses.add(paused);
              }

              @Override
              public void refused(Throwable why) {
                failures.add(why);
              }
            });
    return this;
  }

  SteerLink steer() {
    return steer;
  }

  /** A transaction that inserts these rows, "table:id=name" each. */
  void insert(String... rows) {
    List<Entry> entries = new ArrayList<>();
    lsn += 100;
    entries.add(
        entry(Kind.BOUNDARY, 0, 0, event(b -> b.getBeginBuilder().setCommitLsn(lsn).setXid(7))));
    int ordinal = 0;
    for (String row : rows) {
      entries.add(row(Row.Op.INSERT, row, ++ordinal, 0, null));
    }
    entries.add(
        entry(
            Kind.BOUNDARY,
            0,
            0,
            event(b -> b.getCommitBuilder().setCommitLsn(lsn).setOrdinal(rows.length + 1))));
    append(entries);
  }

  /** A transaction that changes the key of a row. */
  void move(String row, int oldId) {
    lsn += 100;
    append(List.of(row(Row.Op.UPDATE, row, 1, 0, oldId)));
  }

  /** A row that a dump on demand has read. */
  void dumped(long request, String row) {
    append(List.of(row(Row.Op.READ, row, 0, request, null)));
  }

  /** No more rows of a dump on demand come. */
  void ends(long request) {
    outbox.rangeEnds(request, 1);
    link.wake();
  }

  void truncate(String table) {
    lsn += 100;
    int number = outbox.table(schema(table));
    append(
        List.of(
            new Entry(
                Kind.BARRIER,
                0,
                0,
                number,
                0,
                event(b -> b.getTruncateBuilder().setTable(number).setCommitLsn(lsn)))));
  }

  /** A transaction of one statement. */
  void ddl(String text, String tag) {
    lsn += 100;
    Ddl ddl = new Ddl(new Position(lsn, 1), 5, 7, DdlStatement.ofText(text, List.of(tag)));
    RowChange row = DdlLogs.row(ddl).orElseThrow();
    append(
        List.of(
            entry(Kind.BARRIER, 0, 0, encoder.encode(ddl)),
            entry(Kind.ROW, 0, outbox.table(row.schema()), encoder.encode(row))));
  }

  /** A table comes. */
  void comes(String table) {
    TableSchema schema = schema(table);
    SchemaChange change =
        new SchemaChange(
            new Position(lsn, 1), 5, 7, null, schema, SchemaChange.Source.STRUCTURE, Map.of());
    append(List.of(entry(Kind.BARRIER, 0, outbox.table(schema), encoder.encode(change))));
  }

  private void append(List<Entry> entries) {
    outbox.append(entries);
    link.wake();
  }

  /** The outbox's clock was changed. */
  void wake() {
    link.wake();
  }

  private interface Filler {
    void fill(Event.Builder event);
  }

  private static byte[] event(Filler filler) {
    Event.Builder builder = Event.newBuilder();
    filler.fill(builder);
    return builder.build().toByteArray();
  }

  private static Entry entry(Kind kind, int key, int table, byte[] event) {
    return new Entry(kind, key, key, table, 0, event);
  }

  private Entry row(Row.Op op, String text, long ordinal, long request, Integer oldId) {
    String table = text.substring(0, text.indexOf(':'));
    int id = Integer.parseInt(text.substring(text.indexOf(':') + 1, text.indexOf('=')));
    String name = text.substring(text.indexOf('=') + 1);
    int number = outbox.table(schema(table));
    byte[] event =
        event(
            b -> {
              Row.Builder row = b.getRowBuilder();
              row.setOp(op)
                  .setTable(number)
                  .setNewRow(tuple(id, name))
                  .setCommitLsn(lsn)
                  .setOrdinal(ordinal);
              if (oldId != null) {
                row.setOldRow(tuple(oldId, null));
              }
              if (request != 0) {
                row.getDumpBuilder().setId((int) request);
              }
            });
    int key = hash(id);
    return new Entry(Kind.ROW, key, oldId == null ? key : hash(oldId), number, request, event);
  }

  private static int hash(int id) {
    return id * 0x9E37_79B9;
  }

  /** In pgoutput's form; an empty name is NULL. */
  private static ByteString tuple(int id, String name) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(new byte[] {0, 2, 'b'});
    out.writeBytes(ByteBuffer.allocate(8).putInt(4).putInt(id).array());
    if (name == null || name.isEmpty()) {
      out.write('n');
    } else {
      byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
      out.write('b');
      out.writeBytes(ByteBuffer.allocate(4).putInt(bytes.length).array());
      out.writeBytes(bytes);
    }
    return ByteString.copyFrom(out.toByteArray());
  }

  private TableSchema schema(String table) {
    return tables.computeIfAbsent(
        table,
        name ->
            new TableSchema(
                16384 + tables.size(),
                new TableName("public", name),
                TableSchema.ReplicaIdentity.DEFAULT,
                List.of(
                    new Column("id", PgType.base(23, "integer"), -1),
                    new Column("name", PgType.base(25, "text"), -1)),
                0));
  }

  @Override
  public void close() {
    link.close();
    if (steer != null) {
      steer.close();
    }
  }
}
