package io.tidemark.gateway.client;

import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import io.tidemark.gateway.event.Skipped;
import io.tidemark.gateway.transport.Backoff;
import io.tidemark.gateway.wire.Start;
import io.tidemark.postgres.change.Begin;
import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.Commit;
import io.tidemark.postgres.change.Ddl;
import io.tidemark.postgres.change.LogicalMessage;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.postgres.change.SchemaChange;
import io.tidemark.postgres.change.Truncate;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Says what a {@link ChangeConsumer} consumes, and how. Needed are {@link #target}, {@link #uri}
 * and a handler. There is one handler for each table and for each other kind of event; those whose
 * method ends in {@code Async} give a stage instead of waiting.
 */
public final class ChangeConsumerBuilder {
  private final Handlers handlers = new Handlers();
  private String target;
  private String uri;
  private String tables;
  private Security security = Security.NONE;
  private int maxMessageBytes = 256 << 20;
  private FlowOptions flow = FlowOptions.DEFAULTS;

  ChangeConsumerBuilder() {}

  /** Where the gateway is: {@code host:port}, or any other target that gRPC can resolve. */
  public ChangeConsumerBuilder target(String gateway) {
    this.target = Objects.requireNonNull(gateway, "target");
    return this;
  }

  /** Whose stream is consumed. */
  public ChangeConsumerBuilder uri(String name) {
    this.uri = Objects.requireNonNull(name, "uri");
    return this;
  }

  /**
   * Which tables' changes come: those in whose {@code schema.table} this is found, an RE2 regular
   * expression. By default the tables that have handlers; all if there is a handler of any.
   */
  public ChangeConsumerBuilder tables(String regex) {
    this.tables = Objects.requireNonNull(regex, "tables");
    return this;
  }

  /** A bearer token, which the server knows. */
  public ChangeConsumerBuilder token(String token) {
    Objects.requireNonNull(token, "token");
    return token(() -> token);
  }

  /** The bearer token, asked for at each connection. */
  public ChangeConsumerBuilder token(Supplier<String> token) {
    security = security.withToken(Objects.requireNonNull(token, "token"));
    return this;
  }

  /** Lets the token go unencrypted to other hosts than this one, which is refused otherwise. */
  public ChangeConsumerBuilder allowTokenInPlaintext() {
    security = security.withTokenInPlaintext();
    return this;
  }

  /** Uses TLS, with a server that an authority known to the JDK vouches for. */
  public ChangeConsumerBuilder tls() {
    security = security.withTls(null, null, null);
    return this;
  }

  /** Uses TLS, with a server that the authority in this PEM file vouches for. */
  public ChangeConsumerBuilder tls(Path authority) {
    security = security.withTls(Objects.requireNonNull(authority, "authority"), null, null);
    return this;
  }

  /**
   * Uses TLS and shows a certificate.
   *
   * @param authority PEM file of who vouches for the server
   * @param certificate PEM file of the client's certificate
   * @param key PEM file of its key, in PKCS#8 without a password
   */
  public ChangeConsumerBuilder tls(Path authority, Path certificate, Path key) {
    security =
        security.withTls(
            Objects.requireNonNull(authority, "authority"),
            Objects.requireNonNull(certificate, "certificate"),
            Objects.requireNonNull(key, "key"));
    return this;
  }

  /**
   * Handles the changes of a table.
   *
   * @param table schema and name: {@code public.orders}
   */
  public ChangeConsumerBuilder on(String table, Handler<? super RowChange> handler) {
    handlers.put(table, Handlers.direct(handler));
    return this;
  }

  /** Handles the changes of a table, several at a time: such as by a {@link Debounce}. */
  public ChangeConsumerBuilder onAsync(String table, AsyncHandler<? super RowChange> handler) {
    handlers.put(table, Handlers.staged(handler));
    return this;
  }

  /**
   * Handles the changes of the table that a record is annotated with, by {@link Table}.
   *
   * @throws IllegalArgumentException if it is not, or has components of types that no column has
   */
  public <T extends Record> ChangeConsumerBuilder on(
      Class<T> type, Handler<? super RecordChange<T>> handler) {
    RecordMapping<T> mapping = new RecordMapping<>(type);
    handlers.put(table(type, mapping), mapping.handler(Handlers.direct(handler)));
    return this;
  }

  /** As {@link #on(Class, Handler)}, several at a time. */
  public <T extends Record> ChangeConsumerBuilder onAsync(
      Class<T> type, AsyncHandler<? super RecordChange<T>> handler) {
    RecordMapping<T> mapping = new RecordMapping<>(type);
    handlers.put(table(type, mapping), mapping.handler(Handlers.staged(handler)));
    return this;
  }

  private static String table(Class<?> type, RecordMapping<?> mapping) {
    return mapping
        .table()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    type.getName() + " has no table: annotate it with @Table(\"schema.name\")"));
  }

  /** Handles TRUNCATEs, of any table. */
  public ChangeConsumerBuilder onTruncate(Handler<? super Truncate> handler) {
    handlers.putTruncate(Handlers.direct(handler));
    return this;
  }

  /** Handles logical messages. */
  public ChangeConsumerBuilder onMessage(Handler<? super LogicalMessage> handler) {
    handlers.putMessage(Handlers.direct(handler));
    return this;
  }

  /** Handles DDL statements, of whatever {@link #tables}. */
  public ChangeConsumerBuilder onDdl(Handler<? super Ddl> handler) {
    handlers.putDdl(Handlers.direct(handler));
    return this;
  }

  /** Handles tables that come, change or go: those of {@link #tables}, before or afterwards. */
  public ChangeConsumerBuilder onSchemaChange(Handler<? super SchemaChange> handler) {
    handlers.putSchemaChange(Handlers.direct(handler));
    return this;
  }

  /** Handles the beginnings of transactions. */
  public ChangeConsumerBuilder onBegin(Handler<? super Begin> handler) {
    handlers.putBegin(Handlers.direct(handler));
    return this;
  }

  /** Handles the ends of transactions. */
  public ChangeConsumerBuilder onCommit(Handler<? super Commit> handler) {
    handlers.putCommit(Handlers.direct(handler));
    return this;
  }

  /**
   * Handles what comes in place of changes that are larger than the consumer takes, where the
   * server is configured to skip such. Without this handler they are logged.
   */
  public ChangeConsumerBuilder onSkipped(Handler<? super Skipped> handler) {
    handlers.putSkipped(Handlers.direct(handler));
    return this;
  }

  /** Handles all changes that have no handler of their own, of whatever kind. */
  public ChangeConsumerBuilder onAny(Handler<? super Change> handler) {
    handlers.putAny(Handlers.direct(handler));
    return this;
  }

  /** As {@link #onAny}, several at a time. */
  public ChangeConsumerBuilder onAnyAsync(AsyncHandler<? super Change> handler) {
    handlers.putAny(Handlers.staged(handler));
    return this;
  }

  /** The largest batch, or single event, in bytes. By default 256 MiB. */
  public ChangeConsumerBuilder maxMessageBytes(int bytes) {
    if (bytes < 1) {
      throw new IllegalArgumentException("messages of at most " + bytes + " bytes");
    }
    maxMessageBytes = bytes;
    return this;
  }

  /**
   * Another batch is asked for as long as those held are together smaller, as serialized. By
   * default 32 MiB; what is held is this and one batch at most.
   */
  public ChangeConsumerBuilder bufferBytes(long bytes) {
    flow = flow.withBufferBytes(bytes);
    return this;
  }

  /** How many events asynchronous handlers may have at a time. By default 10,000. */
  public ChangeConsumerBuilder maxOutstanding(int events) {
    flow = flow.withMaxOutstanding(events);
    return this;
  }

  /**
   * When events that are dealt with are acknowledged at the latest. They are earlier, if there is
   * nothing else to do. By default 1,000 events and 200 ms.
   *
   * @param events as soon as this number of them waits to be acknowledged
   * @param interval as soon as the first of them has waited for this time
   */
  public ChangeConsumerBuilder acknowledgeEvery(int events, Duration interval) {
    flow = flow.withAcknowledgements(events, interval);
    return this;
  }

  /** Between attempts to connect. By default from 500 ms to 30 s. */
  public ChangeConsumerBuilder reconnectBackoff(Backoff backoff) {
    flow = flow.withReconnect(Objects.requireNonNull(backoff, "backoff"));
    return this;
  }

  /** Between attempts of a handler at the same event. By default from 500 ms to a minute. */
  public ChangeConsumerBuilder retryBackoff(Backoff backoff) {
    flow = flow.withRetry(Objects.requireNonNull(backoff, "backoff"));
    return this;
  }

  /**
   * Ends the consumer when a handler has failed this number of times in a row at one event. By
   * default there is no limit.
   *
   * @param attempts at least 1
   */
  public ChangeConsumerBuilder maxAttempts(int attempts) {
    if (attempts < 1) {
      throw new IllegalArgumentException(attempts + " attempts");
    }
    flow = flow.withMaxAttempts(attempts);
    return this;
  }

  /** How long handlers may still run when the consumer is closed. By default 10 s. */
  public ChangeConsumerBuilder grace(Duration duration) {
    flow = flow.withGrace(duration);
    return this;
  }

  /**
   * The consumer, which does not connect before it is run.
   *
   * @throws IllegalStateException if something needed is missing, the token would go unencrypted
   *     over the network, or TLS files cannot be used
   * @throws IllegalArgumentException if {@link #tables} is no regular expression, or does not find
   *     a table that has a handler
   */
  public ChangeConsumer build() {
    if (target == null || uri == null || handlers.isEmpty()) {
      throw new IllegalStateException(
          "a consumer needs a target, a uri and a handler; it has target %s, uri %s%s"
              .formatted(target, uri, handlers.isEmpty() ? " and no handler" : ""));
    }
    security.check(target);
    Optional<SslContext> tls = security.context();
    Start start =
        Start.newBuilder()
            .setUri(uri)
            .setTables(handlers.tables(tables))
            .setMaxBatchBytes(maxMessageBytes)
            .setDdl(handlers.takeDdl())
            .build();
    GrpcEventStream.Server server =
        new GrpcEventStream.Server(target, tls, security.token(), maxMessageBytes);
    return new ChangeConsumer(
        "uri '" + uri + "' at " + target,
        flow,
        listener -> GrpcEventStream.open(server, start, listener),
        handlers);
  }
}
