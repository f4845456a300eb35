package io.tidemark.gateway.server;

/** Makes what others sent fit for logs and messages. */
final class Printable {
  private static final int MOST = 200;

  private Printable() {}

  /** In one line, and not too long. */
  static String line(String text) {
    String line = text.replaceAll("\\p{Cntrl}", "?");
    return line.length() <= MOST ? line : line.substring(0, MOST) + "...";
  }
}
