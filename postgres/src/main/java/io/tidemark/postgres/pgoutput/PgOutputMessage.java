package io.tidemark.postgres.pgoutput;

import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import io.tidemark.postgres.Tuple;
import java.util.List;

/**
 * One message of the pgoutput plugin, protocol version 1. LSNs are unsigned, times are microseconds
 * since 2000-01-01 UTC, xids are 32-bit and unsigned, tuples share the bytes they were decoded
 * from.
 */
public sealed interface PgOutputMessage {
  /** Calls the visitor's method for this kind of message. */
  <E extends Exception, F extends Exception> void accept(PgOutputVisitor<E, F> visitor) throws E, F;

  /**
   * A transaction begins.
   *
   * @param commitLsn start of its commit record, which PostgreSQL calls the final LSN
   */
  record Begin(long commitLsn, long commitTime, int xid) implements PgOutputMessage {
    @Override
    public <E extends Exception, F extends Exception> void accept(PgOutputVisitor<E, F> visitor)
        throws E, F {
      visitor.begin(this);
    }
  }

  /**
   * A transaction ends.
   *
   * @param endLsn end of its commit record
   */
  record Commit(long commitLsn, long endLsn, long commitTime) implements PgOutputMessage {
    @Override
    public <E extends Exception, F extends Exception> void accept(PgOutputVisitor<E, F> visitor)
        throws E, F {
      visitor.commit(this);
    }
  }

  /** The transaction was replicated to this server from elsewhere. */
  record Origin(long commitLsn, String name) implements PgOutputMessage {
    @Override
    public <E extends Exception, F extends Exception> void accept(PgOutputVisitor<E, F> visitor)
        throws E, F {
      visitor.origin(this);
    }
  }

  /**
   * A table's columns, sent before its first change and whenever they may have changed.
   *
   * @param oid of the root, where a partition is published via its root
   */
  record Relation(
      int oid,
      String namespace,
      String name,
      ReplicaIdentity identity,
      List<RelationColumn> columns)
      implements PgOutputMessage {
    public Relation {
      columns = List.copyOf(columns);
    }

    @Override
    public <E extends Exception, F extends Exception> void accept(PgOutputVisitor<E, F> visitor)
        throws E, F {
      visitor.relation(this);
    }
  }

  /**
   * A published column.
   *
   * @param identity whether it is part of the replica identity; under FULL all are
   * @param typeModifier {@code pg_attribute.atttypmod}, -1 if none
   */
  record RelationColumn(boolean identity, String name, int typeOid, int typeModifier) {}

  /** A type that is not built in, sent before the relation that uses it. */
  record Type(int oid, String namespace, String name) implements PgOutputMessage {
    @Override
    public <E extends Exception, F extends Exception> void accept(PgOutputVisitor<E, F> visitor)
        throws E, F {
      visitor.type(this);
    }
  }

  /** A row was inserted. */
  record Insert(Relation relation, Tuple row) implements PgOutputMessage {
    @Override
    public <E extends Exception, F extends Exception> void accept(PgOutputVisitor<E, F> visitor)
        throws E, F {
      visitor.insert(this);
    }
  }

  /**
   * A row was updated.
   *
   * @param old the old key, the old row, or null
   * @param oldIsFull whether {@code old} is the whole old row
   * @param row may lack values of unchanged TOAST: see {@link Tuple#isPartial}
   */
  record Update(Relation relation, Tuple old, boolean oldIsFull, Tuple row)
      implements PgOutputMessage {
    @Override
    public <E extends Exception, F extends Exception> void accept(PgOutputVisitor<E, F> visitor)
        throws E, F {
      visitor.update(this);
    }
  }

  /**
   * A row was deleted.
   *
   * @param old the old key or the old row
   * @param oldIsFull whether {@code old} is the whole old row
   */
  record Delete(Relation relation, Tuple old, boolean oldIsFull) implements PgOutputMessage {
    @Override
    public <E extends Exception, F extends Exception> void accept(PgOutputVisitor<E, F> visitor)
        throws E, F {
      visitor.delete(this);
    }
  }

  /** Tables were truncated by one statement. */
  record Truncate(List<Relation> relations, boolean cascade, boolean restartIdentity)
      implements PgOutputMessage {
    public Truncate {
      relations = List.copyOf(relations);
    }

    @Override
    public <E extends Exception, F extends Exception> void accept(PgOutputVisitor<E, F> visitor)
        throws E, F {
      visitor.truncate(this);
    }
  }

  /**
   * What {@code pg_logical_emit_message} wrote.
   *
   * @param lsn where in the WAL it is
   */
  @SuppressWarnings("ArrayRecordComponent") // compared by nobody
  record Message(boolean transactional, long lsn, String prefix, byte[] content)
      implements PgOutputMessage {
    @Override
    public <E extends Exception, F extends Exception> void accept(PgOutputVisitor<E, F> visitor)
        throws E, F {
      visitor.message(this);
    }
  }
}
