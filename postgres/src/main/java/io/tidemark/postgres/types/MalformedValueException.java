package io.tidemark.postgres.types;

import io.tidemark.postgres.PgType;

/**
 * Bytes that are no value of their type. The message has the type, the length and what is wrong
 * with it, never the bytes.
 */
public final class MalformedValueException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  MalformedValueException(PgType type, int length, String problem) {
    super(
        "a value of type %s (oid %s), %d bytes long, is malformed: %s"
            .formatted(type.name(), Integer.toUnsignedString(type.oid()), length, problem));
  }

  private MalformedValueException(String message, MalformedValueException cause) {
    super(message, cause);
  }

  /** The same, with where the value was found in front: {@code "column a of public.t"}. */
  public MalformedValueException in(String place) {
    return new MalformedValueException(place + ": " + getMessage(), this);
  }
}
