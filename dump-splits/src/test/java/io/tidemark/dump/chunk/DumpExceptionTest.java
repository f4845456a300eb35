package io.tidemark.dump.chunk;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DumpExceptionTest {
  @ParameterizedTest
  @CsvSource({
    "40001, CONFLICT",
    "40P01, CONFLICT",
    "57014, CONFLICT",
    "55P03, CONFLICT",
    "08006, UNAVAILABLE",
    "57P01, UNAVAILABLE",
    "57P03, UNAVAILABLE",
    "53300, UNAVAILABLE",
    "58030, UNAVAILABLE",
    "XX000, UNAVAILABLE",
    "42P01, STALE_PLAN",
    "42501, DENIED",
    "28P01, REFUSED",
    "3D000, REFUSED",
    "22012, REFUSED",
    "XX001, MALFORMED",
    "ZZ999, MALFORMED",
    ", UNAVAILABLE",
  })
  void everyStateIsClassified(String state, DumpFailure failure) {
    DumpException e = DumpException.of("reading t", new SQLException("words", state));
    assertThat(e.failure()).isEqualTo(failure);
    assertThat(e).hasMessageStartingWith("reading t: ");
  }

  @Test
  void valuesThatTheServerQuotesGoNoFurther() {
    SQLException error =
        new SQLException("invalid input syntax for type integer: \"secret\"", "22P02");
    DumpException e = DumpException.of("reading t", error);
    assertThat(e).hasMessageContaining("22P02").hasMessageNotContaining("secret").hasNoCause();
  }

  @Test
  void missingTableIsAStalePlan() {
    assertThat(DumpException.of("reading t", new SQLException("gone", "42P01")))
        .isInstanceOfSatisfying(
            PlanStaleException.class,
            e -> assertThat(e.reason()).isEqualTo(PlanStaleException.Reason.DROPPED));
  }
}
