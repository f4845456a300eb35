package io.tidemark.cli.quickstart;

import io.tidemark.postgres.TableName;
import java.util.List;

/**
 * The demo database: each table is there for one difficulty of a capture.
 *
 * <ul>
 *   <li>orders: a composite key, which updates change
 *   <li>documents: values so large that they are stored out of line (TOAST); updates that leave
 *       them as they are do not send them
 *   <li>measurements: partitioned, published under its own name; rows move between partitions
 *   <li>events: no key, inserts only
 *   <li>sessions: small, truncated now and then
 * </ul>
 *
 * <p>Beside these, {@link DdlWriter#ITEMS} and what is made of it: tables that change.
 *
 * @param orders how many orders there are to begin with; and so on for each table
 */
record DemoSchema(long orders, long documents, long measurements, long events, long sessions) {
  static final List<TableName> TABLES =
      List.of(
          table("orders"),
          table("documents"),
          table("measurements"),
          table("events"),
          table("sessions"));

  static final int PARTITIONS = 4;
  private static final long MAX_DOCUMENTS = 40_000;
  private static final long MAX_SESSIONS = 500;

  /** Shares a number of rows out among the tables. */
  static DemoSchema ofRows(long rows) {
    long documents = Math.min(rows / 20, MAX_DOCUMENTS);
    long sessions = Math.min(rows / 20, MAX_SESSIONS);
    long measurements = rows / 4;
    long events = rows / 8;
    return new DemoSchema(
        rows - documents - sessions - measurements - events,
        documents,
        measurements,
        events,
        sessions);
  }

  /** Statements that make the tables and fill them, in order. */
  List<String> statements() {
    return List.of(
        """
        CREATE TABLE orders (
          region text, number bigint, customer int NOT NULL, status text NOT NULL,
          amount numeric(12, 2), placed timestamptz NOT NULL, note text,
          PRIMARY KEY (region, number))
        """,
        """
        CREATE TABLE documents (
          id bigint PRIMARY KEY, title text NOT NULL, revision int NOT NULL, body text, scan bytea)
        """,
        "ALTER TABLE documents ALTER body SET STORAGE EXTERNAL, ALTER scan SET STORAGE EXTERNAL",
        """
        CREATE TABLE measurements (
          zone int, id bigint, taken timestamptz NOT NULL, reading double precision,
          tags text[], raw jsonb, PRIMARY KEY (zone, id)) PARTITION BY LIST (zone)
        """,
        partitions(),
        "CREATE TABLE events (happened timestamptz, source int, kind text, payload jsonb)",
        """
        CREATE TABLE sessions (
          id bigint PRIMARY KEY, account int NOT NULL, token uuid, seen timestamptz NOT NULL)
        """,
        DdlWriter.ITEMS.create(),
        """
        INSERT INTO orders SELECT %s, i, i %% 10007, 'new', (i %% 100000) / 100.0,
          now() - i * interval '1 second', CASE WHEN i %% 3 = 0 THEN 'note ' || i END
        FROM generate_series(1, %d) i
        """
            .formatted(region("i"), orders),
        """
        INSERT INTO documents SELECT i, 'document ' || i, 1, %s, %s FROM generate_series(1, %d) i
        """
            .formatted(body("i"), scan("i"), documents),
        """
        INSERT INTO measurements SELECT i %% %d, i, now(), sqrt(i), ARRAY['a', 'b' || i %% 7],
          jsonb_build_object('n', i) FROM generate_series(1, %d) i
        """
            .formatted(PARTITIONS, measurements),
        """
        INSERT INTO events SELECT now(), i %% 100, 'loaded', jsonb_build_object('n', i)
        FROM generate_series(1, %d) i
        """
            .formatted(events),
        Sessions.fill(sessions));
  }

  /** SQL for the region of the order with that number: a function of the number to begin with. */
  static String region(String number) {
    return "(ARRAY['africa', 'america', 'asia', 'europe'])[1 + " + number + " % 4]";
  }

  /** SQL for a text of 2.5 to 6 kB. */
  static String body(String seed) {
    return "repeat(md5('%s' || %s), 80 + (%s %% 120)::int)".formatted("body", seed, seed);
  }

  /** SQL for 4 kB of bytes, or null. */
  static String scan(String seed) {
    return "CASE WHEN %s %% 2 = 0 THEN decode(repeat(md5('scan' || %s), 256), 'hex') END"
        .formatted(seed, seed);
  }

  /** The table that is truncated. */
  static final class Sessions {
    private Sessions() {}

    static String fill(long rows) {
      return """
      INSERT INTO sessions (id, account, token, seen) SELECT i, i %% 97, gen_random_uuid(), clock_timestamp()
      FROM generate_series(1, %d) i
      """
          .formatted(rows);
    }
  }

  private static String partitions() {
    StringBuilder sql = new StringBuilder();
    for (int zone = 0; zone < PARTITIONS; zone++) {
      sql.append("CREATE TABLE measurements_%d PARTITION OF measurements".formatted(zone))
          .append(" FOR VALUES IN (%d);\n".formatted(zone));
    }
    return sql.toString();
  }

  private static TableName table(String name) {
    return new TableName("public", name);
  }
}
