package io.tidemark.postgres.pgoutput;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import io.tidemark.postgres.Tuple;
import io.tidemark.postgres.pgoutput.PgOutputMessage.Relation;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PgOutputVisitorTest {
  private static final Relation RELATION =
      new Relation(7, "public", "orders", ReplicaIdentity.DEFAULT, List.of());
  private static final Tuple ROW = new Tuple(new byte[2], 0, 2, Tuple.Layout.PGOUTPUT);

  /** Notes which methods were called, and with what. */
  private static final class Recorder
      implements PgOutputVisitor<RuntimeException, RuntimeException> {
    private final List<Object> calls = new ArrayList<>();

    private void note(String method, PgOutputMessage message) {
      calls.add(method);
      calls.add(message);
    }

    @Override
    public void begin(PgOutputMessage.Begin begin) {
      note("begin", begin);
    }

    @Override
    public void commit(PgOutputMessage.Commit commit) {
      note("commit", commit);
    }

    @Override
    public void origin(PgOutputMessage.Origin origin) {
      note("origin", origin);
    }

    @Override
    public void relation(Relation relation) {
      note("relation", relation);
    }

    @Override
    public void type(PgOutputMessage.Type type) {
      note("type", type);
    }

    @Override
    public void insert(PgOutputMessage.Insert insert) {
      note("insert", insert);
    }

    @Override
    public void update(PgOutputMessage.Update update) {
      note("update", update);
    }

    @Override
    public void delete(PgOutputMessage.Delete delete) {
      note("delete", delete);
    }

    @Override
    public void truncate(PgOutputMessage.Truncate truncate) {
      note("truncate", truncate);
    }

    @Override
    public void message(PgOutputMessage.Message message) {
      note("message", message);
    }
  }

  @Test
  void eachKindIsVisitedByItsMethod() {
    List<PgOutputMessage> messages =
        List.of(
            new PgOutputMessage.Begin(1, 2, 3),
            new PgOutputMessage.Commit(1, 2, 3),
            new PgOutputMessage.Origin(1, "elsewhere"),
            RELATION,
            new PgOutputMessage.Type(9, "public", "mood"),
            new PgOutputMessage.Insert(RELATION, ROW),
            new PgOutputMessage.Update(RELATION, null, false, ROW),
            new PgOutputMessage.Delete(RELATION, ROW, false),
            new PgOutputMessage.Truncate(List.of(RELATION), false, false),
            new PgOutputMessage.Message(true, 1, "p", new byte[0]));
    assertThat(messages).hasSameSizeAs(PgOutputMessage.class.getPermittedSubclasses());
    Recorder recorder = new Recorder();
    List<Object> expected = new ArrayList<>();
    for (PgOutputMessage message : messages) {
      message.accept(recorder);
      String kind = message.getClass().getSimpleName();
      expected.add(Character.toLowerCase(kind.charAt(0)) + kind.substring(1));
      expected.add(message);
    }
    assertThat(recorder.calls).isEqualTo(expected);
  }
}
