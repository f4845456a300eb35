package io.tidemark.benchmarks;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A case, measured: a line of a result.
 *
 * @param name the case, for people
 * @param ours what is measured
 * @param reference what it is measured beside, in the same unit; empty if it stands alone
 * @param more what was measured with it, in units of their own
 * @param note what to know of the figures; empty if nothing
 */
record Measurement(
    String name, Series ours, Optional<Series> reference, List<Series> more, String note) {
  Measurement {
    if (reference.isPresent() && !reference.get().unit().equals(ours.unit())) {
      throw new IllegalArgumentException(
          "%s: %s beside %s".formatted(name, ours.unit(), reference.get().unit()));
    }
    more = List.copyOf(more);
  }

  /** One beside another. */
  static Measurement beside(String name, Series ours, Series reference, Series... more) {
    return new Measurement(name, ours, Optional.of(reference), List.of(more), "");
  }

  /** One that stands alone. */
  static Measurement alone(String name, Series ours, List<Series> more) {
    return new Measurement(name, ours, Optional.empty(), more, "");
  }

  Measurement withNote(String text) {
    return new Measurement(name, ours, reference, more, text);
  }

  /** Ours to the reference; empty where one of them is missing, or nothing to be compared with. */
  OptionalDouble ratio() {
    OptionalDouble other = reference.map(Series::value).orElse(OptionalDouble.empty());
    return ours.value().isEmpty() || other.isEmpty() || other.getAsDouble() == 0
        ? OptionalDouble.empty()
        : OptionalDouble.of(ours.value().getAsDouble() / other.getAsDouble());
  }

  /**
   * {@code case: tidemark 90000 rows/s, peer 100000 rows/s, ..., ratio=0.90 (note)}; {@code
   * ratio=none} if they cannot be compared.
   */
  String line() {
    Stream<String> figures =
        Stream.of(Stream.of(ours), reference.stream(), more.stream())
            .flatMap(series -> series)
            .map(Series::text);
    return "%s: %s%s%s"
        .formatted(
            name,
            figures.collect(Collectors.joining(", ")),
            reference.isPresent() ? ", ratio=" + ratioText() : "",
            note.isEmpty() ? "" : " (" + note + ")");
  }

  private String ratioText() {
    OptionalDouble ratio = ratio();
    return ratio.isEmpty() ? "none" : String.format(Locale.ROOT, "%.2f", ratio.getAsDouble());
  }
}
