package io.tidemark.cli.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.gateway.wire.DumpsStatus;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The server and consumers may die. */
@Tag("once")
class GatewayFaultsITCase extends FaultRun {
  @Test
  void theServerMayDie() throws Exception {
    submit();
    try (Consumers consumers = consume("c");
        KeyWriter writer = KeyWriter.start(database, 41, ROWS)) {
      awaitDumps();
      run.killServer();
      writer.awaitMore();
      run.startServer();
      // It is the process of the controller, too: what was pending is, and goes on.
      Map<String, Long> done = new HashMap<>();
      for (Side side : sides) {
        DumpsStatus status = run.dumps(side.uri);
        assertThat(GatewayRun.isPending(status)).as(side.uri).isTrue();
        assertThat(status.getDone()).as(side.uri).isPositive();
        done.put(side.uri, status.getDone());
      }
      await("the dumps to go on", side -> run.dumps(side.uri).getDone() > done.get(side.uri));
      writer.awaitMore();
      writer.stop();
      awaitEqual();
      consumers.check();
    }
    judge(0);
  }

  @Test
  void consumersMayDie() throws Exception {
    submit();
    try (KeyWriter writer = KeyWriter.start(database, 43, ROWS)) {
      try (Programs first = programs("first")) {
        awaitDumps();
        first.kill();
      }
      writer.awaitMore();
      try (Programs second = programs("second")) {
        await("the next ones to get something", side -> side.record.count("second") > 0);
        writer.awaitMore();
        second.kill();
      }
      try (Programs third = programs("third")) {
        writer.stop();
        awaitEqual();
        assertThat(third.areAlive()).isTrue();
      }
    }
    judge(2);
  }
}
