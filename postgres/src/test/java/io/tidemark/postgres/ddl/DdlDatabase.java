package io.tidemark.postgres.ddl;

import io.tidemark.postgres.pgoutput.PgOutputDecoder;
import io.tidemark.postgres.pgoutput.PgOutputMessage;
import io.tidemark.postgres.pgoutput.PgOutputMessage.Begin;
import io.tidemark.postgres.pgoutput.PgOutputMessage.Message;
import io.tidemark.postgres.pgoutput.PgOutputMessage.Relation;
import io.tidemark.postgres.setup.DdlOptions;
import io.tidemark.postgres.setup.DdlSetup;
import io.tidemark.testkit.postgres.TestDatabase;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * A database with the extension's SQL, a publication of all tables and a slot of pgoutput, whose
 * messages it reads.
 */
final class DdlDatabase {
  /** The folder of the extension. */
  static final Path EXTENSION =
      Path.of(System.getProperty("basedir", "."), "..", "pg-extension").normalize();

  private static final int SIGNATURE = 64;
  private static final Pattern XID = Pattern.compile("\"xid\": \"(\\d+)\"");

  private final TestDatabase database;
  private final byte[] key;

  private DdlDatabase(TestDatabase database) throws SQLException {
    this.database = database;
    this.key =
        HexFormat.of()
            .parseHex(database.query("SELECT encode(key, 'hex') FROM tidemark.signing_key"));
  }

  /** What a transaction has of a change that is neither its begin nor its commit. */
  sealed interface Entry permits Described, Other {}

  /**
   * A message of the extension's prefix.
   *
   * @param signature the first part of its content, in hex
   * @param json the rest of it
   * @param signed whether signature and transaction are right
   */
  record Described(DdlStatement statement, String signature, String json, boolean signed)
      implements Entry {}

  /** Anything else. */
  record Other(PgOutputMessage message) implements Entry {}

  /** Installs the extension's SQL in a database without the library, makes publication and slot. */
  static DdlDatabase install(TestDatabase database) throws SQLException {
    try (Connection connection = database.connect()) {
      DdlSetup.install(
          connection, new DdlOptions(DdlOptions.Means.SCRIPT, Optional.empty(), Optional.empty()));
    }
    database.execute("CREATE PUBLICATION everything FOR ALL TABLES");
    DdlDatabase installed = new DdlDatabase(database);
    installed.makeSlot();
    return installed;
  }

  private void makeSlot() throws SQLException {
    database.query(
        "SELECT slot_name FROM pg_create_logical_replication_slot('%s', 'pgoutput')"
            .formatted(database.slot()));
  }

  /** The database beneath. */
  TestDatabase database() {
    return database;
  }

  /** A session of the superuser that sends strings of statements as psql does, whole. */
  Connection connect() throws SQLException {
    return connect(database.user(), database.password());
  }

  /** The same of another role. */
  Connection connect(String user, String password) throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", user);
    properties.setProperty("password", password);
    properties.setProperty("preferQueryMode", "simple");
    return DriverManager.getConnection(database.primaryUrl(), properties);
  }

  /** What the stream has since the last call, by transaction. Pads and relations are left out. */
  List<List<Entry>> take() throws SQLException {
    List<List<Entry>> transactions = new ArrayList<>();
    PgOutputDecoder decoder = new PgOutputDecoder();
    String sql =
        "SELECT data FROM pg_logical_slot_get_binary_changes('%s', NULL, NULL, 'proto_version', '1',"
            + " 'publication_names', 'everything', 'messages', 'true')";
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql.formatted(database.slot()))) {
      int xid = 0;
      while (rows.next()) {
        byte[] bytes = rows.getBytes(1);
        if (PgOutputDecoder.isOfRollback(bytes, 0)) {
          continue;
        }
        PgOutputMessage message = decoder.decode(bytes, 0, 0);
        if (message instanceof Begin begin) {
          xid = begin.xid();
          transactions.add(new ArrayList<>());
        } else if (message instanceof Message logical) {
          if (logical.prefix().equals("tidemark.ddl")) {
            last(transactions).add(describe(logical.content(), xid));
          } else if (!logical.prefix().equals("tidemark.pad")) {
            last(transactions).add(new Other(message));
          }
        } else if (!(message instanceof PgOutputMessage.Commit
            || message instanceof Relation
            || message instanceof PgOutputMessage.Type)) {
          last(transactions).add(new Other(message));
        }
      }
    }
    return transactions;
  }

  /** What the extension wrote since the last call. */
  List<Described> takeDescribed() throws SQLException {
    List<Described> described = new ArrayList<>();
    for (List<Entry> transaction : take()) {
      for (Entry entry : transaction) {
        if (entry instanceof Described one) {
          described.add(one);
        }
      }
    }
    return described;
  }

  private static <T> T last(List<T> list) {
    return list.get(list.size() - 1);
  }

  private Described describe(byte[] content, int xid) {
    byte[] body = Arrays.copyOfRange(content, SIGNATURE + 1, content.length);
    String json = new String(body, StandardCharsets.UTF_8);
    String signature = new String(content, 0, SIGNATURE, StandardCharsets.US_ASCII);
    try {
      Matcher inside = XID.matcher(json);
      boolean signed =
          signature.equals(HexFormat.of().formatHex(hmac(body)))
              && inside.find()
              && (int) Long.parseLong(inside.group(1)) == xid;
      return new Described(DdlStatement.parse(json), signature, json, signed);
    } catch (MalformedDdlException e) {
      throw new IllegalStateException(e);
    }
  }

  private byte[] hmac(byte[] body) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac.doFinal(body);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
