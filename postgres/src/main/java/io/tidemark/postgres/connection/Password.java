package io.tidemark.postgres.connection;

import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/**
 * Where a password comes from. It is read when a connection is opened, on the machine that opens
 * it, and never printed.
 */
public sealed interface Password extends Serializable {
  /** No password: the server asks for none, or pgjdbc finds one itself (a password file). */
  Password NONE = new Literal("");

  /**
   * The password; empty if there is none.
   *
   * @throws IOException if its source cannot be read; the message names the source
   */
  String read() throws IOException;

  /** Given as it is. */
  static Password of(String value) {
    return new Literal(value);
  }

  /** In an environment variable of the process that connects. */
  static Password fromEnvironment(String variable) {
    return new Environment(variable);
  }

  /** The first line of a file on the machine that connects. */
  static Password fromFile(Path file) {
    return new FirstLine(file.toString());
  }

  /** See {@link #of}. */
  record Literal(String value) implements Password {
    public Literal {
      Objects.requireNonNull(value, "value");
    }

    @Override
    public String read() {
      return value;
    }

    @Override
    public String toString() {
      return "a password";
    }
  }

  /** See {@link #fromEnvironment}. */
  record Environment(String variable) implements Password {
    public Environment {
      Objects.requireNonNull(variable, "variable");
    }

    @Override
    public String read() throws IOException {
      String value = System.getenv(variable);
      if (value == null) {
        throw new IOException(
            "the password is to come from the environment variable "
                + variable
                + ", which is not set; export it where the job runs");
      }
      return value;
    }
  }

  /** See {@link #fromFile}. */
  record FirstLine(String file) implements Password {
    public FirstLine {
      Objects.requireNonNull(file, "file");
    }

    @Override
    public String read() throws IOException {
      try (var lines = Files.newBufferedReader(Path.of(file))) {
        String line = lines.readLine();
        return line == null ? "" : line;
      } catch (IOException e) {
        throw new IOException(
            "the password is to come from the file "
                + file
                + ", which cannot be read: "
                + e.getMessage(),
            e);
      }
    }
  }
}
