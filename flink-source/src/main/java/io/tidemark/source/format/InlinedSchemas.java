package io.tidemark.source.format;

import io.tidemark.postgres.TableSchema;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Writes schemas into each record that needs one, so that every record can be read by itself, and
 * reads them for little: a schema met before costs 20 bytes of reading, and is the same instance.
 *
 * <p>The format: a fingerprint (16 bytes, the first of SHA-256 over what follows the length), the
 * length (int), the schema as {@link TableSchemaSerializer} has it. A fingerprint is checked when
 * it is first met. For one thread.
 */
public final class InlinedSchemas {
  /** More schemas than this at a time are read and encoded anew. */
  private static final int MAX_CACHED = 10_000;

  private static final int MAX_LENGTH = 16 << 20;

  private record Fingerprint(long high, long low) {}

  @SuppressWarnings("ArrayRecordComponent") // compared by nobody
  private record Encoded(Fingerprint fingerprint, byte[] bytes) {}

  private final Map<TableSchema, Encoded> encoded = new HashMap<>();
  private final Map<Fingerprint, TableSchema> known = new HashMap<>();
  private TableSchema lastWritten;
  private Encoded lastEncoded;

  /** Writes the schema, in full. */
  public void write(TableSchema schema, DataOutput out) throws IOException {
    if (!schema.equals(lastWritten)) {
      lastEncoded = bounded(encoded).computeIfAbsent(schema, InlinedSchemas::encode);
      lastWritten = schema;
    }
    out.writeLong(lastEncoded.fingerprint.high);
    out.writeLong(lastEncoded.fingerprint.low);
    Fields.writeBytes(lastEncoded.bytes, out);
  }

  /** Reads a schema; equal ones are the same instance. */
  public TableSchema read(DataInput in) throws IOException {
    Fingerprint fingerprint = new Fingerprint(in.readLong(), in.readLong());
    TableSchema schema = known.get(fingerprint);
    if (schema != null) {
      skip(in, Fields.readCount(in, MAX_LENGTH));
      return schema;
    }
    byte[] bytes = Fields.readBytes(in);
    if (!fingerprint(bytes).equals(fingerprint)) {
      throw new IOException("a schema of " + bytes.length + " bytes with a wrong fingerprint");
    }
    schema = TableSchemaSerializer.fromBytes(bytes);
    bounded(known).put(fingerprint, schema);
    return schema;
  }

  private static <K, V> Map<K, V> bounded(Map<K, V> cache) {
    if (cache.size() >= MAX_CACHED) {
      cache.clear();
    }
    return cache;
  }

  private static Encoded encode(TableSchema schema) {
    byte[] bytes = TableSchemaSerializer.toBytes(schema);
    return new Encoded(fingerprint(bytes), bytes);
  }

  private static Fingerprint fingerprint(byte[] bytes) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
      ByteBuffer first = ByteBuffer.wrap(Arrays.copyOf(digest, 16));
      return new Fingerprint(first.getLong(), first.getLong());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  private static void skip(DataInput in, int length) throws IOException {
    int left = length;
    while (left > 0) {
      int skipped = in.skipBytes(left);
      if (skipped <= 0) {
        throw new EOFException(left + " bytes of a schema are missing");
      }
      left -= skipped;
    }
  }
}
