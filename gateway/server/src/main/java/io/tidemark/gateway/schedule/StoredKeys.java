package io.tidemark.gateway.schedule;

import io.tidemark.postgres.KeyTexts;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A list of keys as bytes, which the store has and ids of ranges are made of. */
final class StoredKeys {
  private StoredKeys() {}

  /**
   * The keys as bytes: how many, then of each how many columns, and of each of these its length in
   * bytes and its UTF-8; all numbers of 32 bits, big-endian.
   */
  static byte[] encode(KeyTexts keys) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeInt(keys.size());
      for (List<String> key : keys.keys()) {
        out.writeInt(key.size());
        for (String text : key) {
          byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
          out.writeInt(utf8.length);
          out.write(utf8);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /**
   * What {@link #encode} wrote.
   *
   * @throws IllegalArgumentException if it did not
   */
  static KeyTexts decode(byte[] bytes) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      List<List<String>> keys = new ArrayList<>();
      for (int left = in.readInt(); left > 0; left--) {
        List<String> key = new ArrayList<>();
        for (int columns = in.readInt(); columns > 0; columns--) {
          int length = in.readInt();
          byte[] utf8 = in.readNBytes(Math.max(0, length));
          if (utf8.length != length) {
            throw new IllegalArgumentException("stored keys are cut off");
          }
          key.add(new String(utf8, StandardCharsets.UTF_8));
        }
        keys.add(key);
      }
      return new KeyTexts(keys);
    } catch (IOException e) {
      throw new IllegalArgumentException("stored keys are cut off", e);
    }
  }
}
