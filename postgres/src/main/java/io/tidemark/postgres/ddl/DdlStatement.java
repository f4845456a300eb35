package io.tidemark.postgres.ddl;

import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What happened in the running of a DDL statement. One statement can have several of these: what it
 * dropped, then what it made or changed.
 *
 * <p>Made of JSON, which {@link #json} gives back as it was; equal where that is.
 */
public final class DdlStatement {
  private final String json;
  private final Event event;
  private final String tag;
  private final List<String> tags;
  private final String text;
  private final boolean withheld;
  private final boolean unsure;
  private final int depth;
  private final DdlSession session;
  private final List<DdlCommand> commands;
  private final List<DroppedObject> dropped;
  private final TableRewrite rewrite;
  private final List<TableStructure> tables;
  private final List<MovedTable> moved;

  /** What is told of a statement. */
  public enum Event {
    /** The statement ended: {@link #commands} has what it made and changed. */
    END,
    /** It has dropped something: {@link #dropped}. */
    DROP,
    /** It is about to write a table's rows anew: {@link #rewrite}. */
    REWRITE,
    /** It could not be described. A hint: what it did shows in the rows that follow. */
    GAP
  }

  /** As read by {@link DdlJson}. */
  DdlStatement(DdlJson from, String json) throws MalformedDdlException {
    this.json = json;
    this.event = from.event();
    this.tag = from.tag();
    this.tags = from.tags();
    this.text = from.text();
    this.withheld = from.isWithheld();
    this.unsure = from.isUnsure();
    this.depth = from.depth();
    this.session = from.session();
    this.commands = from.commands();
    this.dropped = from.dropped();
    this.rewrite = from.rewrite();
    this.tables = from.tables();
    this.moved = from.moved();
  }

  /**
   * Reads what the extension writes; see {@code docs/ddl.md}.
   *
   * @throws MalformedDdlException if it is no such JSON, or of a version that is not known
   */
  public static DdlStatement parse(String json) throws MalformedDdlException {
    return new DdlStatement(DdlJson.read(json), json);
  }

  /**
   * A statement of which no more is known than its text, as pgcapture's extension has it.
   *
   * @param tags of the statements in the text
   */
  public static DdlStatement ofText(String text, List<String> tags) {
    try {
      return parse(DdlJson.ofText(text, tags));
    } catch (MalformedDdlException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The description. */
  public String json() {
    return json;
  }

  /** What is told. */
  public Event event() {
    return event;
  }

  /** PostgreSQL's command tag: {@code ALTER TABLE}. */
  public String tag() {
    return tag;
  }

  /** The tags of all statements in the text: one, unless another extension described it. */
  public List<String> tags() {
    return tags;
  }

  /**
   * The statement's text, exactly, without what is before and behind it in what the client sent;
   * empty if that is not known for sure, or {@link #isWithheld}.
   */
  public Optional<String> text() {
    return Optional.ofNullable(text);
  }

  /** Whether the text is not told as it may hold a secret. */
  public boolean isWithheld() {
    return withheld;
  }

  /**
   * Whether the statement ran under an older snapshot, so that the structures may lack what other
   * transactions changed meanwhile.
   */
  public boolean isUnsure() {
    return unsure;
  }

  /** Functions and DO blocks that it ran in; 0 for a statement that the client sent. */
  public int depth() {
    return depth;
  }

  /** What it was run under. */
  public DdlSession session() {
    return session;
  }

  /** What was made and changed, in order. */
  public List<DdlCommand> commands() {
    return commands;
  }

  /** What was dropped, in order. */
  public List<DroppedObject> dropped() {
    return dropped;
  }

  /** The table that is written anew. */
  public Optional<TableRewrite> rewrite() {
    return Optional.ofNullable(rewrite);
  }

  /** The tables concerned, as they are afterwards. */
  public List<TableStructure> tables() {
    return tables;
  }

  /** The tables of schemas that have another name now. */
  public List<MovedTable> moved() {
    return moved;
  }

  @Override
  public boolean equals(Object o) {
    return this == o || (o instanceof DdlStatement other && json.equals(other.json));
  }

  @Override
  public int hashCode() {
    return Objects.hashCode(json);
  }

  /** Its tag alone: texts do not belong in logs. */
  @Override
  public String toString() {
    return event + " of " + tag;
  }
}
