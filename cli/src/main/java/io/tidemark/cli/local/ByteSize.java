package io.tidemark.cli.local;

import java.util.Locale;

/** Bytes for people: {@code 17 B}, {@code 1.5 kB}, {@code 20.0 GB}; a kB is 1024 bytes. */
public final class ByteSize {
  private static final String[] UNITS = {"kB", "MB", "GB", "TB"};

  private ByteSize() {}

  public static String format(long bytes) {
    if (bytes < 1024) {
      return bytes + " B";
    }
    double size = bytes / 1024.0;
    int unit = 0;
    while (size >= 1024 && unit < UNITS.length - 1) {
      size /= 1024;
      unit++;
    }
    return String.format(Locale.ROOT, "%.1f %s", size, UNITS[unit]);
  }
}
