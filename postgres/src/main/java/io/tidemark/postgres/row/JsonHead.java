package io.tidemark.postgres.row;

import com.fasterxml.jackson.core.JsonGenerator;
import io.tidemark.postgres.Lsn;
import io.tidemark.postgres.TableName;
import java.io.IOException;
import java.time.Instant;

/**
 * What a change's JSON begins with: {@code op}, {@code schema} and {@code table}, {@code position}
 * and {@code commitTime}.
 *
 * @param op what happened, in lower case
 * @param table to which table; null if to none
 * @param commitLsn unsigned
 * @param ordinal of the change within its transaction
 * @param commitTime microseconds since 2000-01-01 UTC; 0, for which null is written, if not known
 */
public record JsonHead(String op, TableName table, long commitLsn, long ordinal, long commitTime) {
  /** 2000-01-01 in seconds since 1970. */
  private static final long EPOCH_SECOND = 946_684_800;

  /** Writes the fields into the object that is open. */
  public void write(JsonGenerator json) throws IOException {
    json.writeStringField("op", op);
    if (table != null) {
      json.writeStringField("schema", table.schema());
      json.writeStringField("table", table.name());
    }
    json.writeObjectFieldStart("position");
    json.writeStringField("lsn", Lsn.format(commitLsn));
    json.writeNumberField("ordinal", ordinal);
    json.writeEndObject();
    json.writeFieldName("commitTime");
    if (commitTime == 0) {
      json.writeNull();
    } else {
      json.writeString(instant(commitTime).toString());
    }
  }

  /** Writes the field {@code xid}: a 32-bit id, unsigned; null for 0. */
  public static void writeXid(JsonGenerator json, int xid) throws IOException {
    json.writeFieldName("xid");
    if (xid == 0) {
      json.writeNull();
    } else {
      json.writeNumber(Integer.toUnsignedLong(xid));
    }
  }

  /** The time that PostgreSQL counts as microseconds since 2000-01-01 UTC. */
  public static Instant instant(long micros) {
    long second = EPOCH_SECOND + Math.floorDiv(micros, 1_000_000);
    return Instant.ofEpochSecond(second, 1000L * Math.floorMod(micros, 1_000_000));
  }
}
