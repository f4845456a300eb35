package io.tidemark.postgres.pgoutput;

import io.tidemark.postgres.MalformedTupleException;
import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import io.tidemark.postgres.Tuple;
import io.tidemark.postgres.pgoutput.PgOutputMessage.Begin;
import io.tidemark.postgres.pgoutput.PgOutputMessage.Commit;
import io.tidemark.postgres.pgoutput.PgOutputMessage.Delete;
import io.tidemark.postgres.pgoutput.PgOutputMessage.Insert;
import io.tidemark.postgres.pgoutput.PgOutputMessage.Message;
import io.tidemark.postgres.pgoutput.PgOutputMessage.Origin;
import io.tidemark.postgres.pgoutput.PgOutputMessage.Relation;
import io.tidemark.postgres.pgoutput.PgOutputMessage.RelationColumn;
import io.tidemark.postgres.pgoutput.PgOutputMessage.Truncate;
import io.tidemark.postgres.pgoutput.PgOutputMessage.Update;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Decodes the messages of one replication stream, in order. It remembers the relations sent so far,
 * which later messages refer to; that is its only state.
 *
 * <p>Rows are not copied: a tuple lies in the array given to {@link #decode}, which must not be
 * written to afterwards. Its structure is checked here, once, so that reading it later cannot fail.
 *
 * <p>Not thread-safe.
 */
public final class PgOutputDecoder {
  private static final byte STREAM_ABORT = 'A';
  private static final int CASCADE = 1;
  private static final int RESTART_IDENTITY = 2;
  private static final int MIN_COLUMN_BYTES = 10;

  private final Map<Integer, Relation> relations = new HashMap<>();
  private final MessageBytes in = new MessageBytes();

  /** The relation of the last row: most rows belong to the table of the row before. */
  private Relation lastRelation;

  /**
   * Whether a message says that a transaction was rolled back whose changes were never sent: there
   * is nothing to decode. PostgreSQL 18 sends it between transactions, though streaming is off, of
   * one that had outgrown {@code logical_decoding_work_mem}.
   *
   * @param offset of the message's type byte
   */
  public static boolean isOfRollback(byte[] bytes, int offset) {
    return bytes[offset] == STREAM_ABORT;
  }

  /**
   * Decodes one message.
   *
   * @param bytes an array that ends where the message does
   * @param offset of the message's type byte
   * @param lsn the start LSN that the message was sent with; it names the place in errors
   * @throws PgOutputException if the bytes are no message, or refer to an unknown relation
   */
  public PgOutputMessage decode(byte[] bytes, int offset, long lsn) {
    in.reset(bytes, offset, lsn);
    byte type = in.int8("a message type");
    PgOutputMessage message =
        switch (type) {
          case 'I' -> insert();
          case 'U' -> update();
          case 'D' -> delete();
          case 'B' -> begin();
          case 'C' -> commit();
          case 'R' -> relation();
          case 'Y' -> type();
          case 'T' -> truncate();
          case 'M' -> message();
          case 'O' -> origin();
          default -> throw in.malformed(offset, "a known message type, not " + letter(type));
        };
    in.end();
    return message;
  }

  private Begin begin() {
    in.type("BEGIN");
    return new Begin(in.int64("the commit LSN"), in.int64("the commit time"), in.int32("the xid"));
  }

  private Commit commit() {
    in.type("COMMIT");
    byte flags = in.int8("the flags");
    if (flags != 0) {
      throw in.malformed(in.position() - 1, "no flags, not " + flags);
    }
    return new Commit(
        in.int64("the commit LSN"), in.int64("the end LSN"), in.int64("the commit time"));
  }

  private Origin origin() {
    in.type("ORIGIN");
    return new Origin(in.int64("the origin's commit LSN"), in.string("the origin's name"));
  }

  private Relation relation() {
    in.type("RELATION");
    int oid = in.int32("the relation's oid");
    String namespace = namespace();
    String name = in.string("the relation's name");
    ReplicaIdentity identity = identity();
    int count = in.uint16("the number of columns");
    if (count > in.remaining() / MIN_COLUMN_BYTES) {
      throw in.malformed(
          in.position(), count + " columns; the message ends after " + in.remaining() + " bytes");
    }
    List<RelationColumn> columns = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      columns.add(column());
    }
    in.end();
    Relation relation = new Relation(oid, namespace, name, identity, columns);
    relations.put(oid, relation);
    lastRelation = relation;
    return relation;
  }

  private RelationColumn column() {
    byte flags = in.int8("a column's flags");
    if ((flags & ~1) != 0) {
      throw in.malformed(in.position() - 1, "column flags 0 or 1, not " + flags);
    }
    return new RelationColumn(
        flags == 1,
        in.string("a column's name"),
        in.int32("a column's type"),
        in.int32("a column's type modifier"));
  }

  private ReplicaIdentity identity() {
    byte code = in.int8("the replica identity");
    return switch (code) {
      case 'd' -> ReplicaIdentity.DEFAULT;
      case 'n' -> ReplicaIdentity.NOTHING;
      case 'f' -> ReplicaIdentity.FULL;
      case 'i' -> ReplicaIdentity.INDEX;
      default ->
          throw in.malformed(
              in.position() - 1, "replica identity d, n, f or i, not " + letter(code));
    };
  }

  private PgOutputMessage.Type type() {
    in.type("TYPE");
    return new PgOutputMessage.Type(
        in.int32("the type's oid"), namespace(), in.string("the type's name"));
  }

  private Insert insert() {
    in.type("INSERT");
    Relation relation = knownRelation();
    expectNewTuple(in.int8("a new tuple"));
    return new Insert(relation, tuple(relation));
  }

  private Update update() {
    in.type("UPDATE");
    Relation relation = knownRelation();
    byte kind = in.int8("an old or a new tuple");
    Tuple old = null;
    boolean oldIsFull = kind == 'O';
    if (oldIsFull || kind == 'K') {
      old = tuple(relation);
      kind = in.int8("a new tuple");
    }
    expectNewTuple(kind);
    return new Update(relation, old, oldIsFull, tuple(relation));
  }

  private Delete delete() {
    in.type("DELETE");
    Relation relation = knownRelation();
    byte kind = in.int8("an old tuple");
    if (kind != 'K' && kind != 'O') {
      throw in.malformed(in.position() - 1, "an old tuple, K or O, not " + letter(kind));
    }
    return new Delete(relation, tuple(relation), kind == 'O');
  }

  private Truncate truncate() {
    in.type("TRUNCATE");
    int count = in.int32("the number of relations");
    byte options = in.int8("the options");
    if ((options & ~(CASCADE | RESTART_IDENTITY)) != 0) {
      throw in.malformed(in.position() - 1, "TRUNCATE options 0 to 3, not " + options);
    }
    if (count < 0 || count > in.remaining() / Integer.BYTES) {
      throw in.malformed(
          in.position(), count + " relations; the message ends after " + in.remaining() + " bytes");
    }
    List<Relation> truncated = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      truncated.add(knownRelation());
    }
    return new Truncate(truncated, (options & CASCADE) != 0, (options & RESTART_IDENTITY) != 0);
  }

  private Message message() {
    in.type("MESSAGE");
    byte flags = in.int8("the flags");
    if ((flags & ~1) != 0) {
      throw in.malformed(in.position() - 1, "message flags 0 or 1, not " + flags);
    }
    long lsn = in.int64("the message's LSN");
    String prefix = in.string("the prefix");
    int length = in.int32("the content's length");
    return new Message(flags == 1, lsn, prefix, in.copy(length, "the content"));
  }

  /** PostgreSQL leaves out the name of pg_catalog. */
  private String namespace() {
    String namespace = in.string("the namespace");
    return namespace.isEmpty() ? "pg_catalog" : namespace;
  }

  private Relation knownRelation() {
    int at = in.position();
    int oid = in.int32("a relation's oid");
    Relation last = lastRelation;
    if (last != null && last.oid() == oid) {
      return last;
    }
    Relation relation = relations.get(oid);
    if (relation == null) {
      throw in.malformed(
          at, "a relation announced before, not oid " + Integer.toUnsignedString(oid));
    }
    lastRelation = relation;
    return relation;
  }

  private void expectNewTuple(byte kind) {
    if (kind != 'N') {
      throw in.malformed(in.position() - 1, "a new tuple, N, not " + letter(kind));
    }
  }

  private Tuple tuple(Relation relation) {
    try {
      return in.tuple(relation.columns().size());
    } catch (MalformedTupleException e) {
      throw in.malformed(
          e.at(),
          "a row of %s.%s: %s".formatted(relation.namespace(), relation.name(), e.getMessage()));
    }
  }

  private static String letter(byte code) {
    return code > ' ' && code < 0x7F ? "'" + (char) code + "'" : "byte " + (code & 0xFF);
  }
}
