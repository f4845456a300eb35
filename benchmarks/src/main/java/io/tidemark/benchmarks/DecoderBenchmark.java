package io.tidemark.benchmarks;

import io.tidemark.postgres.pgoutput.PgOutputDecoder;
import io.tidemark.postgres.pgoutput.PgOutputMessage;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Decoding of one pgoutput message. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class DecoderBenchmark {
  private final PgOutputDecoder decoder = new PgOutputDecoder();
  private final byte[] insert = SampleRows.insertMessage(1);
  private final byte[] update = SampleRows.updateMessage(1);

  @Setup
  public void announceTable() {
    decoder.decode(SampleRows.relationMessage(), 0, 1);
  }

  @Benchmark
  public PgOutputMessage insert() {
    return decoder.decode(insert, 0, 2);
  }

  @Benchmark
  public PgOutputMessage update() {
    return decoder.decode(update, 0, 2);
  }
}
