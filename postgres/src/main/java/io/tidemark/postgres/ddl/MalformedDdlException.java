package io.tidemark.postgres.ddl;

/** A description of a DDL statement that is none, or one of a version that is not known. */
public final class MalformedDdlException extends Exception {
  private static final long serialVersionUID = 1L;

  /** Says what is wrong with it, without its content. */
  MalformedDdlException(String message) {
    super(message);
  }
}
