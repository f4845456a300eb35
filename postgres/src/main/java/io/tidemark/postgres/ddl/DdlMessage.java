package io.tidemark.postgres.ddl;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The logical messages of the extension {@code tidemark}. The content is an HMAC-SHA-256 as 64
 * hexadecimal digits, a space, and the JSON that it is of, which names the transaction. Anyone may
 * write a message of that prefix: only one with the signature of the database's key, in the
 * transaction that it names, tells of a statement.
 */
public final class DdlMessage {
  /** The prefix of those that describe a statement. */
  public static final String PREFIX = "tidemark.ddl";

  /**
   * The prefix of an empty message behind each, which says nothing: it has PostgreSQL put the one
   * before it in front of what follows.
   */
  public static final String PAD = "tidemark.pad";

  private static final String ALGORITHM = "HmacSHA256";
  private static final int SIGNATURE = 64;

  private DdlMessage() {}

  /**
   * Reads a transactional message of {@link #PREFIX}.
   *
   * @param key the database's
   * @param xid of the transaction that the message is of, 32 bits
   * @return empty if it is not signed with the key, or was written in another transaction
   * @throws MalformedDdlException if it is signed, but is no description that is known
   */
  public static Optional<DdlStatement> read(byte[] content, byte[] key, int xid)
      throws MalformedDdlException {
    if (content.length <= SIGNATURE || content[SIGNATURE] != ' ') {
      return Optional.empty();
    }
    byte[] signature = Arrays.copyOf(content, SIGNATURE);
    if (!MessageDigest.isEqual(signature, sign(content, SIGNATURE + 1, key))) {
      return Optional.empty();
    }
    String json = text(content, SIGNATURE + 1);
    DdlJson description = DdlJson.read(json);
    return description.xid() == xid
        ? Optional.of(new DdlStatement(description, json))
        : Optional.empty();
  }

  private static byte[] sign(byte[] content, int offset, byte[] key) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(new SecretKeySpec(key, ALGORITHM));
      mac.update(content, offset, content.length - offset);
      return HexFormat.of().formatHex(mac.doFinal()).getBytes(US_ASCII);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has " + ALGORITHM, e);
    }
  }

  private static String text(byte[] content, int offset) throws MalformedDdlException {
    try {
      ByteBuffer bytes = ByteBuffer.wrap(content, offset, content.length - offset);
      return UTF_8.newDecoder().decode(bytes).toString();
    } catch (CharacterCodingException e) {
      throw new MalformedDdlException("a description that is no UTF-8");
    }
  }
}
