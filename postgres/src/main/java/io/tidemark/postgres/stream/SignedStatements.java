package io.tidemark.postgres.stream;

import io.tidemark.postgres.Lsn;
import io.tidemark.postgres.ddl.DdlMessage;
import io.tidemark.postgres.ddl.DdlStatement;
import io.tidemark.postgres.ddl.MalformedDdlException;
import java.io.IOException;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the messages of DDL statements from others that merely look like them. On the fetcher's
 * thread.
 */
final class SignedStatements {
  private static final Logger LOG = LoggerFactory.getLogger(SignedStatements.class);

  /** Whoever forges messages has the catalog asked no more often. */
  private static final long KEY_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final long WORD_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final SchemaResolver resolver;
  private final LongSupplier nanos;

  /** Null if it is not known. */
  private byte[] key;

  /** When it was read for a message that is not signed with it, or first. */
  private long keyRead;

  /** When it was read to know whether there is one. */
  private long asked;

  private boolean keyAsked;
  private long wordGiven;
  private boolean worded;

  SignedStatements(SchemaResolver resolver, LongSupplier nanos) {
    this.resolver = resolver;
    this.nanos = nanos;
  }

  /** Whether statements can be told at all: there is a key, and it may be read. */
  boolean hasKey() throws SQLException, IOException {
    return keyAsked ? key != null : readKey() != null;
  }

  /** Whether statements can be told now, or could a moment ago: the extension comes and goes. */
  boolean areTold() throws SQLException, IOException {
    if (!keyAsked || nanos.getAsLong() - asked >= KEY_NANOS) {
      asked = nanos.getAsLong();
      key = resolver.signingKey();
      keyAsked = true;
    }
    return key != null;
  }

  /**
   * The statement that a transactional message of the prefix describes.
   *
   * @return empty if it is an ordinary message: perhaps of a statement all the same
   */
  Optional<DdlStatement> read(byte[] content, int xid, long lsn) throws SQLException, IOException {
    try {
      Optional<DdlStatement> statement = Optional.empty();
      if (hasKey()) {
        statement = DdlMessage.read(content, key, xid);
      }
      if (statement.isEmpty() && isNewKey()) {
        statement = DdlMessage.read(content, key, xid);
      }
      if (statement.isEmpty()) {
        tell(
            lsn,
            key == null
                ? "the key of its signature cannot be read: GRANT USAGE ON SCHEMA tidemark, and"
                    + " SELECT ON tidemark.signing_key, to the role of the capture"
                : "it is not signed with the key of this database in its transaction: it is forged,"
                    + " or the key was changed since");
      }
      return statement;
    } catch (MalformedDdlException e) {
      tell(lsn, e.getMessage() + ": use a version of Tidemark that knows the extension's");
      return Optional.empty();
    }
  }

  /** Asks again for the key, but not for each message; whether it is another one. */
  private boolean isNewKey() throws SQLException, IOException {
    if (nanos.getAsLong() - keyRead < KEY_NANOS) {
      return false;
    }
    byte[] former = key;
    return readKey() != null && !Arrays.equals(former, key);
  }

  private byte[] readKey() throws SQLException, IOException {
    key = resolver.signingKey();
    keyAsked = true;
    keyRead = nanos.getAsLong();
    return key;
  }

  private void tell(long lsn, String why) {
    long now = nanos.getAsLong();
    if (!worded || now - wordGiven >= WORD_NANOS) {
      LOG.warn(
          "A logical message of prefix '{}' at LSN {} is not taken for a DDL statement: {}. What"
              + " was changed shows in the rows that follow",
          DdlMessage.PREFIX,
          Lsn.format(lsn),
          why);
      worded = true;
      wordGiven = now;
    }
  }
}
