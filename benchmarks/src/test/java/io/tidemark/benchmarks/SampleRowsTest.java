package io.tidemark.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.postgres.Tuple;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.postgres.pgoutput.PgOutputDecoder;
import io.tidemark.postgres.pgoutput.PgOutputMessage;
import java.math.BigDecimal;
import org.junit.jupiter.api.Test;

class SampleRowsTest {
  @Test
  void decodeAsPostgresRowsDo() {
    PgOutputDecoder decoder = new PgOutputDecoder();
    decoder.decode(SampleRows.relationMessage(), 0, 1);
    PgOutputMessage message = decoder.decode(SampleRows.insertMessage(42), 0, 2);
    Tuple row = ((PgOutputMessage.Insert) message).row();
    RowChange change = RowChange.insert(SampleRows.SCHEMA, row, new RowChange.Origin(1, 1, 0, 1));

    assertThat(change.getLong("id")).isEqualTo(42);
    assertThat(change.getString("name")).hasSize(50);
    assertThat(change.getBigDecimal("amount")).isEqualTo(new BigDecimal("123456.78"));
  }
}
