package io.tidemark.cli.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.cli.gateway.Consuming.Protocol;
import io.tidemark.gateway.wire.DumpsStatus;
import org.apache.flink.core.execution.JobClient;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The server and consumers may die. */
@Tag("once")
class GatewayFaultsITCase extends FaultRun {
  @ParameterizedTest
  @EnumSource(Protocol.class)
  void theServerMayDie(Protocol protocol) throws Exception {
    JobClient job = submit();
    try (Consuming consuming = consume(protocol, "c");
        KeyWriter writer = KeyWriter.start(database, 41, ROWS)) {
      awaitDump();
      run.killServer();
      writer.awaitMore();
      run.startServer();
      // It is the process of the controller, too: what was pending is, and goes on.
      DumpsStatus status = run.dumps(URI);
      assertThat(GatewayRun.isPending(status)).isTrue();
      assertThat(status.getDone()).isPositive();
      run.await("the dump to go on", () -> run.dumps(URI).getDone() > status.getDone());
      writer.awaitMore();
      writer.stop();
      run.awaitEqual(job, URI, database, record);
      consuming.check();
    }
    judge(protocol, 0);
  }

  @ParameterizedTest
  @EnumSource(Protocol.class)
  void aConsumerMayDie(Protocol protocol) throws Exception {
    JobClient job = submit();
    try (KeyWriter writer = KeyWriter.start(database, 43, ROWS)) {
      try (ConsumerProgram.Handle first = process(protocol, "first")) {
        awaitDump();
        first.kill();
      }
      writer.awaitMore();
      try (ConsumerProgram.Handle second = process(protocol, "second")) {
        run.await("the next one to get something", () -> record.count("second") > 0);
        writer.awaitMore();
        second.kill();
      }
      try (ConsumerProgram.Handle third = process(protocol, "third")) {
        writer.stop();
        run.awaitEqual(job, URI, database, record);
        assertThat(third.isAlive()).isTrue();
      }
    }
    judge(protocol, 2);
  }
}
