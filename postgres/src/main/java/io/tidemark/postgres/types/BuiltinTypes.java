package io.tidemark.postgres.types;

import io.tidemark.postgres.PgType;
import io.tidemark.postgres.PgType.Kind;
import java.util.HashMap;
import java.util.Map;

/**
 * The types that are built into PostgreSQL, so that ordinary tables need no catalog. What {@link
 * TypeCatalog} reads from a server is equal, which its test shows.
 */
final class BuiltinTypes {
  /** Oid, oid of the array type, name. */
  private static final String BASE =
      """
      16 1000 boolean
      17 1001 bytea
      18 1002 "char"
      19 1003 name
      20 1016 bigint
      21 1005 smallint
      23 1007 integer
      24 1008 regproc
      25 1009 text
      26 1028 oid
      27 1010 tid
      28 1011 xid
      29 1012 cid
      114 199 json
      142 143 xml
      600 1017 point
      601 1018 lseg
      602 1019 path
      603 1020 box
      604 1027 polygon
      628 629 line
      650 651 cidr
      700 1021 real
      701 1022 double precision
      718 719 circle
      774 775 macaddr8
      790 791 money
      829 1040 macaddr
      869 1041 inet
      1042 1014 character
      1043 1015 character varying
      1082 1182 date
      1083 1183 time without time zone
      1114 1115 timestamp without time zone
      1184 1185 timestamp with time zone
      1186 1187 interval
      1266 1270 time with time zone
      1560 1561 bit
      1562 1563 bit varying
      1700 1231 numeric
      1790 2201 refcursor
      2202 2207 regprocedure
      2203 2208 regoper
      2204 2209 regoperator
      2205 2210 regclass
      2206 2211 regtype
      2950 2951 uuid
      2970 2949 txid_snapshot
      3614 3643 tsvector
      3615 3645 tsquery
      3734 3735 regconfig
      3769 3770 regdictionary
      3802 3807 jsonb
      4072 4073 jsonpath
      4089 4090 regnamespace
      4096 4097 regrole
      4191 4192 regcollation
      5069 271 xid8
      3220 3221 pg_lsn
      5038 5039 pg_snapshot
      """;

  /** Oid, oid of the array type, oid of the element type, name. */
  private static final String VECTORS =
      """
      22 1006 21 int2vector
      30 1013 26 oidvector
      """;

  /** Range: oid, oid of its array type; multirange: oid, oid of its array type; subtype; names. */
  private static final String RANGES =
      """
      3904 3905 4451 6150 23 int4range int4multirange
      3906 3907 4532 6151 1700 numrange nummultirange
      3908 3909 4533 6152 1114 tsrange tsmultirange
      3910 3911 4534 6153 1184 tstzrange tstzmultirange
      3912 3913 4535 6155 1082 daterange datemultirange
      3926 3927 4536 6157 20 int8range int8multirange
      """;

  private static final int ACLITEM = 1033;
  private static final int ACLITEM_ARRAY = 1034;

  private static final Map<Integer, PgType> TYPES = types();

  private BuiltinTypes() {}

  /** The built-in type of this oid, or null. */
  static PgType find(int oid) {
    return TYPES.get(oid);
  }

  static Map<Integer, PgType> all() {
    return TYPES;
  }

  private static Map<Integer, PgType> types() {
    Map<Integer, PgType> types = new HashMap<>();
    BASE.lines()
        .map(line -> line.split(" ", 3))
        .forEach(part -> put(types, PgType.base(oid(part[0]), part[2]), oid(part[1])));
    VECTORS
        .lines()
        .map(line -> line.split(" ", 4))
        .forEach(part -> put(types, part[0], part[3], Kind.ARRAY, part[2], part[1]));
    RANGES
        .lines()
        .map(line -> line.split(" ", 7))
        .forEach(
            part -> {
              put(types, part[0], part[5], Kind.RANGE, part[4], part[1]);
              put(types, part[2], part[6], Kind.MULTIRANGE, part[4], part[3]);
            });
    put(types, new PgType(ACLITEM, "aclitem", Kind.BASE, null, false), ACLITEM_ARRAY);
    return Map.copyOf(types);
  }

  private static void put(
      Map<Integer, PgType> types, String oid, String name, Kind kind, String inner, String array) {
    put(types, new PgType(oid(oid), name, kind, types.get(oid(inner)), true), oid(array));
  }

  private static void put(Map<Integer, PgType> types, PgType type, int arrayOid) {
    types.put(type.oid(), type);
    types.put(arrayOid, new PgType(arrayOid, type.name() + "[]", Kind.ARRAY, type, type.binary()));
  }

  private static int oid(String text) {
    return Integer.parseInt(text);
  }
}
