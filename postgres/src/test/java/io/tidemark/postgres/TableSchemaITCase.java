package io.tidemark.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class TableSchemaITCase {
  /** The schema, written by a process of its own. */
  static final class Program {
    private Program() {}

    public static void main(String[] arguments) throws IOException {
      ObjectOutputStream out = new ObjectOutputStream(System.out);
      out.writeObject(schema());
      out.flush();
    }
  }

  private static TableSchema schema() {
    return new TableSchema(
        16_385,
        new TableName("public", "t"),
        TableSchema.ReplicaIdentity.DEFAULT,
        List.of(
            new Column("id", PgType.base(23, "integer"), -1),
            new Column("name", PgType.base(25, "text"), -1)),
        0);
  }

  @Test
  void oneThatCameFromAnotherProcessEqualsOurs() throws Exception {
    // As from a JobManager to a TaskManager. That process has hash codes of its own for enums.
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UnlockExperimentalVMOptions",
                "-XX:hashCode=3",
                "-cp",
                System.getProperty("java.class.path"),
                Program.class.getName())
            .redirectError(Redirect.INHERIT)
            .start();
    Object theirs;
    try (ObjectInputStream in = new ObjectInputStream(process.getInputStream())) {
      theirs = in.readObject();
    }

    assertThat(theirs).isEqualTo(schema()).hasSameHashCodeAs(schema());
    assertThat(process.waitFor()).isZero();
  }
}
