package io.tidemark.postgres.change;

/** What happened to a row. */
public enum Op {
  /** It was read by a dump: an upsert. */
  READ('r'),
  INSERT('c'),
  UPDATE('u'),
  DELETE('d');

  private final char code;

  Op(char code) {
    this.code = code;
  }

  /** The letter that change data capture has for it. */
  public char code() {
    return code;
  }
}
