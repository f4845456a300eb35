/**
 * PostgreSQL's values as Java values, decoded from the binary form when asked for.
 *
 * <p>What {@link io.tidemark.postgres.types.Values#decode} gives, by type:
 *
 * <table>
 * <caption>Types</caption>
 * <tr><th>PostgreSQL</th><th>Java</th></tr>
 * <tr><td>boolean</td><td>Boolean</td></tr>
 * <tr><td>smallint, integer, bigint</td><td>Short, Integer, Long</td></tr>
 * <tr><td>oid, xid, cid, regclass and other reg types</td><td>Long, never negative</td></tr>
 * <tr><td>xid8</td><td>BigInteger</td></tr>
 * <tr><td>real, double precision</td><td>Float, Double</td></tr>
 * <tr><td>numeric</td><td>BigDecimal with the display scale of the value; NaN, Infinity and
 *     -Infinity are the Doubles of that name. All are Numbers. Where the scale asks for more than
 *     1,000 zeros that PostgreSQL does not store either, it is smaller, or negative</td></tr>
 * <tr><td>money</td><td>BigDecimal with as many fractional digits as the database's {@code
 *     lc_monetary} has; 2 in what was captured before that was looked at</td></tr>
 * <tr><td>text, varchar, char(n), name, "char", xml, json, jsonb, jsonpath, enums, citext, ltree
 *     </td><td>String; char(n) with its padding</td></tr>
 * <tr><td>bytea</td><td>byte[]</td></tr>
 * <tr><td>uuid</td><td>UUID</td></tr>
 * <tr><td>date</td><td>LocalDate; infinity is LocalDate.MAX, -infinity LocalDate.MIN</td></tr>
 * <tr><td>timestamp</td><td>LocalDateTime; infinities are its MAX and MIN</td></tr>
 * <tr><td>timestamptz</td><td>Instant; infinities are its MAX and MIN</td></tr>
 * <tr><td>time, timetz</td><td>LocalTime, OffsetTime; 24:00 is LocalTime.MAX</td></tr>
 * <tr><td>interval</td><td>{@link io.tidemark.postgres.types.Interval}</td></tr>
 * <tr><td>point, lseg, line, box, path, polygon, circle</td><td>{@link
 *     io.tidemark.postgres.types.Geometry}</td></tr>
 * <tr><td>inet, cidr, macaddr, macaddr8, bit, varbit, tid, tsvector, tsquery, pg_snapshot</td><td>String,
 *     PostgreSQL's text</td></tr>
 * <tr><td>pg_lsn</td><td>{@link io.tidemark.postgres.Lsn}</td></tr>
 * <tr><td>arrays, int2vector, oidvector</td><td>{@link io.tidemark.postgres.types.PgArray}, a List,
 *     nested if it has several dimensions</td></tr>
 * <tr><td>ranges; multiranges</td><td>{@link io.tidemark.postgres.types.Range}; a List of them</td></tr>
 * <tr><td>composite types</td><td>{@link io.tidemark.postgres.types.Composite}</td></tr>
 * <tr><td>hstore</td><td>Map of String to String, values may be null</td></tr>
 * <tr><td>domains</td><td>what their base type gives</td></tr>
 * <tr><td>anything else</td><td>byte[], the binary form</td></tr>
 * <tr><td>any value sent as text, since its type has no binary form</td><td>String,
 *     PostgreSQL's text</td></tr>
 * </table>
 *
 * <p>PostgreSQL's dates end in the year 294276 or 5874897, long before the MAX of java.time's
 * classes, and its times have microseconds, so the stand-ins above are never mistaken for values.
 * Years before Christ are java.time's proleptic years: 1 BC is the year 0.
 */
package io.tidemark.postgres.types;
