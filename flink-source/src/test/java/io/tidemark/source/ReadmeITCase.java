package io.tidemark.source;

import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.source.run.CaptureRun;
import io.tidemark.source.run.RecordingSink;
import io.tidemark.testkit.Await;
import io.tidemark.testkit.ReadmeExample;
import io.tidemark.testkit.postgres.PostgresExtension;
import io.tidemark.testkit.postgres.TestDatabase;
import java.net.URLClassLoader;
import java.nio.file.Path;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The README's example, compiled as it stands but for the servers' addresses, and run. */
@Tag("once")
class ReadmeITCase {
  @RegisterExtension
  static final PostgresExtension POSTGRES = PostgresExtension.builder().standbys(1).build();

  @Test
  void theExampleCapturesATable(@TempDir Path directory) throws Exception {
    TestDatabase database = POSTGRES.database();
    database.execute("CREATE TABLE t (id int PRIMARY KEY)", "INSERT INTO t VALUES (1), (2)");
    String code =
        ReadmeExample.code("example")
            .replace("jdbc:postgresql://primary/shop", database.primaryUrl())
            .replace("jdbc:postgresql://standby/shop", database.standbyUrl(0))
            .replace(".user(\"tidemark\")", ".user(\"" + database.user() + "\")")
            .replace("Password.fromEnvironment(\"PGPASSWORD\")", "Password.of(password)")
            .replace(".slot(\"tidemark\")", ".slot(\"" + database.slot() + "\")");
    StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(1);
    env.enableCheckpointing(200);
    String record = database.name();
    changes(directory, code, env, database.password())
        .map(new RecordingSink(record))
        .sinkTo(new DiscardingSink<>());
    JobClient job = env.executeAsync("README");
    Await.until(
        "two rows",
        CaptureRun.PATIENCE,
        () ->
            RecordingSink.record(record).stream().filter(c -> c instanceof RowChange).count() == 2);
    job.cancel().join();
    Await.until("the job to end", CaptureRun.PATIENCE, job.getJobExecutionResult()::isDone);
  }

  @SuppressWarnings("unchecked") // the compiled method's type
  private static DataStream<Change> changes(
      Path directory, String code, StreamExecutionEnvironment env, String password)
      throws Exception {
    try (URLClassLoader loader =
        ReadmeExample.compile(
            """
            import io.tidemark.postgres.connection.Password;
            import io.tidemark.source.PostgresCapture;
            import io.tidemark.postgres.change.Change;
            import org.apache.flink.streaming.api.datastream.DataStream;
            import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

            public class Example {
              public static DataStream<Change> run(
                  StreamExecutionEnvironment env, String password) {
                %s
                return changes;
              }
            }
            """
                .formatted(code),
            directory)) {
      return (DataStream<Change>)
          loader
              .loadClass("Example")
              .getMethod("run", StreamExecutionEnvironment.class, String.class)
              .invoke(null, env, password);
    }
  }
}
