package io.tidemark.jobs.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.gateway.client.ChangeConsumer;
import io.tidemark.gateway.link.GatewayEndpoint;
import io.tidemark.gateway.server.GatewayOptions;
import io.tidemark.gateway.server.GatewayServer;
import io.tidemark.gateway.sink.GatewaySink;
import io.tidemark.gateway.sink.GatewaySinkOptions;
import io.tidemark.postgres.Column;
import io.tidemark.postgres.PgType;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import io.tidemark.postgres.Tuple;
import io.tidemark.postgres.change.Begin;
import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.ChangeVisitor;
import io.tidemark.postgres.change.Commit;
import io.tidemark.postgres.change.Ddl;
import io.tidemark.postgres.change.DumpEnd;
import io.tidemark.postgres.change.LogicalMessage;
import io.tidemark.postgres.change.Position;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.postgres.change.RowChange.Origin;
import io.tidemark.postgres.change.SchemaChange;
import io.tidemark.postgres.change.Truncate;
import io.tidemark.source.ChangeTypeInfo;
import io.tidemark.testkit.Await;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One handler of changes, for a job of Flink's and for a consumer of the gateway. */
@Timeout(120)
class SharedHandlerTest {
  /** The orders that there are. It need not know where changes come from. */
  static final class Orders implements Consumer<Change>, ChangeVisitor<Void, RuntimeException> {
    final Map<Integer, String> customers = new ConcurrentHashMap<>();

    @Override
    public void accept(Change change) {
      change.accept(this);
    }

    @Override
    public Void row(RowChange order) {
      if (order.isDelete()) {
        customers.remove((Integer) order.getOld("id"));
      } else {
        customers.put(order.getInt("id"), order.getString("customer"));
      }
      return null;
    }

    @Override
    public Void truncate(Truncate truncate) {
      customers.clear();
      return null;
    }

    @Override
    public Void begin(Begin begin) {
      return null;
    }

    @Override
    public Void commit(Commit commit) {
      return null;
    }

    @Override
    public Void message(LogicalMessage message) {
      return null;
    }

    @Override
    public Void dumpEnd(DumpEnd end) {
      return null;
    }

    @Override
    public Void ddl(Ddl ddl) {
      return null;
    }

    @Override
    public Void schemaChange(SchemaChange change) {
      return null;
    }
  }

  private static final TableSchema ORDERS =
      new TableSchema(
          16384,
          new TableName("public", "orders"),
          ReplicaIdentity.DEFAULT,
          List.of(
              new Column("id", PgType.base(23, "integer"), -1),
              new Column("customer", PgType.base(25, "text"), -1)),
          0);

  private static final List<Change> CHANGES =
      List.of(
          RowChange.read(ORDERS, order(9, "Zoe"), 8),
          new Begin(new Position(16, 0), 5, 731),
          new Truncate(new Position(16, 1), 5, 731, ORDERS, false, false),
          RowChange.insert(ORDERS, order(1, "Ann"), new Origin(16, 2, 5, 731)),
          RowChange.insert(ORDERS, order(2, "Bob"), new Origin(16, 3, 5, 731)),
          RowChange.update(ORDERS, order(2, "Eve"), null, false, new Origin(16, 4, 5, 731)),
          RowChange.delete(ORDERS, order(1, null), false, new Origin(16, 5, 5, 731)),
          new Commit(new Position(16, 6), 24, 5),
          RowChange.read(ORDERS, order(3, "Kim"), 24),
          new DumpEnd(new Position(24, 0), ORDERS.name(), 0, 0, 1));

  @TempDir private Path directory;
  private final Orders orders = new Orders();

  @Test
  void aJobCallsIt() throws Exception {
    StreamExecutionEnvironment flink = StreamExecutionEnvironment.createLocalEnvironment(1);
    DataStream<Change> changes = capture(flink, CHANGES.size());
    changes.executeAndCollect("orders", CHANGES.size()).forEach(orders);
    assertThat(orders.customers).isEqualTo(Map.of(2, "Eve", 3, "Kim"));
  }

  @Test
  void aConsumerOfTheGatewayCallsIt() throws Exception {
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    try (GatewayServer server =
        GatewayServer.start(
            GatewayOptions.plain(any, any, directory, uri -> Optional.of(Map.of())))) {
      String host = server.gatewayAddress().getHostString();
      int port = server.gatewayAddress().getPort();
      StreamExecutionEnvironment flink = StreamExecutionEnvironment.createLocalEnvironment(1);
      GatewaySink.publish(
          capture(flink, Long.MAX_VALUE),
          GatewaySinkOptions.of(GatewayEndpoint.plain(host, port), "shop", "job"));
      JobClient job = flink.executeAsync("capture");
      try (ChangeConsumer consumer =
          ChangeConsumer.builder()
              .target(host + ":" + port)
              .uri("shop")
              .onAny(orders::accept)
              .build()) {
        CompletableFuture<?> end = consumer.start();
        Await.until(
            "the orders are there",
            Duration.ofSeconds(60),
            () -> orders.customers.equals(Map.of(2, "Eve", 3, "Kim")));
        assertThat(end).isNotDone();
      } finally {
        job.cancel().get();
      }
    }
  }

  /** What a capture would emit, followed by messages that keep it running. */
  private static DataStream<Change> capture(StreamExecutionEnvironment flink, long changes) {
    return flink.fromSource(
        new DataGeneratorSource<>(
            SharedHandlerTest::change,
            changes,
            RateLimiterStrategy.perSecond(100),
            new ChangeTypeInfo()),
        WatermarkStrategy.noWatermarks(),
        "changes");
  }

  private static Change change(long index) {
    return index < CHANGES.size()
        ? CHANGES.get((int) index)
        : new LogicalMessage(new Position(24 + index, 0), 0, false, "idle", new byte[0]);
  }

  /** Without a customer the old key. */
  private static Tuple order(int id, String customer) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(new byte[] {0, 2, 'b'});
    out.writeBytes(ByteBuffer.allocate(8).putInt(4).putInt(id).array());
    if (customer == null) {
      out.write('n');
    } else {
      byte[] text = customer.getBytes(UTF_8);
      out.write('b');
      out.writeBytes(ByteBuffer.allocate(4).putInt(text.length).array());
      out.writeBytes(text);
    }
    return new Tuple(out.toByteArray(), 0, out.size(), Tuple.Layout.PGOUTPUT);
  }
}
