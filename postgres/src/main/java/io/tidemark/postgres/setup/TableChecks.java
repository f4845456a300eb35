package io.tidemark.postgres.setup;

import io.tidemark.postgres.PgType;
import io.tidemark.postgres.Sql;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.connection.Endpoint;
import io.tidemark.postgres.setup.PublishedTable.PublishedColumn;
import io.tidemark.postgres.types.TypeCatalog;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/** What pre-flight asks of the tables. */
final class TableChecks {
  private static final String COLUMNS =
      """
      SELECT attname, atttypid::int8 FROM pg_catalog.pg_attribute
       WHERE attrelid = ?::text::oid AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
       ORDER BY attnum
      """;

  private final PreflightOptions options;
  private final List<CatalogTable> all;
  private final Map<Integer, CatalogTable> byOid;
  private final Map<TableName, CatalogTable> byName;
  private final List<Problem> problems;
  private final List<Problem> warnings;

  TableChecks(
      PreflightOptions options,
      List<CatalogTable> all,
      List<Problem> problems,
      List<Problem> warnings) {
    this.options = options;
    this.all = all;
    this.byOid = all.stream().collect(Collectors.toMap(CatalogTable::oid, Function.identity()));
    this.byName = all.stream().collect(Collectors.toMap(CatalogTable::name, Function.identity()));
    this.problems = problems;
    this.warnings = warnings;
  }

  /** Checks a publication that exists; what of it is wanted. */
  List<TableName> published(Publication publication) {
    Set<Integer> oids =
        publication.tables().stream().map(PublishedTable::oid).collect(Collectors.toSet());
    if (oids.isEmpty()) {
      problem(
          "publication '" + publication.name() + "' has no tables",
          "ALTER PUBLICATION ... ADD TABLE what is to be captured");
    }
    Set<Integer> roots =
        oids.stream()
            .filter(byOid::containsKey)
            .map(oid -> byOid.get(oid).root())
            .collect(Collectors.toSet());
    patterns();
    for (CatalogTable table : named()) {
      // A root is published as itself or by its leaves, a leaf as itself or as its root.
      boolean covered =
          oids.contains(table.oid()) || oids.contains(table.root()) || roots.contains(table.oid());
      if (!covered) {
        problem(
            "table %s is not in publication '%s'".formatted(table.name(), publication.name()),
            "ALTER PUBLICATION ... ADD TABLE " + table.name().quoted() + ", or do not name it");
      }
    }
    underOtherNames(publication.name(), oids);
    if (!publication.insertsRows()) {
      problem(
          "publication '" + publication.name() + "' does not publish inserts",
          "ALTER PUBLICATION ... SET (publish = 'insert, update, delete, truncate')");
    }
    List<CatalogTable> tables =
        publication.tables().stream()
            .map(table -> byOid.get(table.oid()))
            .filter(Objects::nonNull)
            .toList();
    if (publication.changesRows()) {
      identities(tables, warnings);
      Map<Integer, Set<String>> columns = new HashMap<>();
      for (PublishedTable table : publication.tables()) {
        columns.put(
            table.oid(),
            table.columns().stream().map(PublishedColumn::name).collect(Collectors.toSet()));
      }
      generatedIdentities(tables, columns, warnings);
    }
    return tables.stream().map(CatalogTable::name).toList();
  }

  /** Checks the tables of a publication that is to be made; which they are. */
  List<TableName> publishable() {
    if (options.tables().isEmpty()) {
      problem(
          "publication '%s' is to be created, but no table is named"
              .formatted(options.publication()),
          "name the tables, as in public.orders or public.*");
    }
    patterns();
    List<CatalogTable> named = named();
    Set<Integer> oids = named.stream().map(CatalogTable::oid).collect(Collectors.toSet());
    // A publication of a partitioned table has its partitions.
    List<CatalogTable> tables =
        named.stream().filter(t -> !t.isPartition() || !oids.contains(t.root())).toList();
    for (CatalogTable table : tables) {
      if (!table.owned()) {
        problem(
            "the role may not publish table %s, which it does not own".formatted(table.name()),
            "create the publication as the owner, or make the role a member of the owner");
      }
    }
    identities(tables, problems);
    generatedIdentities(tables, Map.of(), problems);
    List<TableName> wanted = tables.stream().map(CatalogTable::name).toList();
    underOtherNames(
        options.publication(),
        names(wanted).stream().map(name -> byName.get(name).oid()).collect(Collectors.toSet()));
    return wanted;
  }

  /** The names under which a publication that is made has the rows of these tables. */
  List<TableName> names(List<TableName> tables) {
    return options.viaRoot()
        ? tables
        : CatalogTable.dumped(all, tables).stream().map(CatalogTable::name).toList();
  }

  /**
   * What is named, but published under a name that is not: it would be left out without a word.
   *
   * @param published oids of the tables whose names rows carry
   */
  private void underOtherNames(String publication, Set<Integer> published) {
    Map<Integer, List<CatalogTable>> byRoot =
        all.stream().collect(Collectors.groupingBy(CatalogTable::root));
    for (CatalogTable table : named()) {
      if (published.contains(table.oid())) {
        continue;
      }
      List<CatalogTable> related = new ArrayList<>(byRoot.getOrDefault(table.oid(), List.of()));
      if (table.isPartition() && byOid.containsKey(table.root())) {
        related.add(byOid.get(table.root()));
      }
      for (CatalogTable other : related) {
        if (published.contains(other.oid()) && !isNamed(other)) {
          problem(
              "publication '%s' has the rows of table %s under the name of %s, which is not named"
                  .formatted(publication, table.name(), other.name()),
              "name that table, too: '%s'".formatted(other.name()));
        }
      }
    }
  }

  private boolean isNamed(CatalogTable table) {
    return options.tables().stream().anyMatch(pattern -> pattern.matches(table.name()));
  }

  /** A pattern that names no table is a problem. */
  private void patterns() {
    for (TablePattern pattern : options.tables()) {
      if (all.stream().noneMatch(table -> pattern.matches(table.name()))) {
        problem(
            "no table is named '%s' in %s".formatted(pattern, options.primary()),
            "check the name; it is schema.table as in the catalog, without quotes, and neither"
                + " temporary nor unlogged");
      }
    }
  }

  /** The tables that the patterns name. */
  private List<CatalogTable> named() {
    return all.stream().filter(this::isNamed).toList();
  }

  /** Publishing such a table breaks those who write to it; if it is published, they know. */
  private void identities(List<CatalogTable> tables, List<Problem> found) {
    if (options.allowTablesWithoutIdentity()) {
      return;
    }
    for (CatalogTable table : tables) {
      if (!table.identified()) {
        found.add(
            new Problem(
                "table %s has no replica identity: once it is published, PostgreSQL refuses to"
                        .formatted(table.name())
                    + " update and delete its rows",
                "give it a primary key, or ALTER TABLE %s REPLICA IDENTITY FULL; or, if it only"
                        .formatted(table.name().quoted())
                    + " gets inserts, set publication.tables-without-identity to true"));
      }
    }
  }

  /**
   * The same holds for a table whose identity has a generated column that is not published.
   *
   * @param published names of the published columns, by their table's oid
   */
  private void generatedIdentities(
      List<CatalogTable> tables, Map<Integer, Set<String>> published, List<Problem> found) {
    for (CatalogTable table : tables) {
      Set<String> missing = new TreeSet<>(table.generatedIdentity());
      missing.removeAll(published.getOrDefault(table.oid(), Set.of()));
      if (!missing.isEmpty()) {
        found.add(
            new Problem(
                ("the replica identity of table %s has the generated columns %s, which publication"
                        + " '%s' does not publish: PostgreSQL refuses to update and delete its rows")
                    .formatted(table.name(), missing, options.publication()),
                ("ALTER TABLE %s REPLICA IDENTITY DEFAULT, or USING an INDEX without them; or, if"
                        + " they are stored, let the publication have them: CREATE PUBLICATION %s FOR"
                        + " TABLE ... WITH (publish_via_partition_root = true,"
                        + " publish_generated_columns = stored)")
                    .formatted(table.name().quoted(), Sql.identifier(options.publication()))));
      }
    }
  }

  /** Tables whose rows could not be told from each other by what the stream has of them. */
  void keys(Connection connection, List<PublishedTable> tables) throws SQLException {
    problems.addAll(KeyChecks.unfit(connection, tables));
  }

  /** Columns that would make the server fail as soon as a row of theirs is streamed. */
  void binaryOutput(Connection connection, TypeCatalog types, List<PublishedTable> tables)
      throws SQLException {
    Set<Integer> oids =
        tables.stream()
            .flatMap(table -> table.columns().stream())
            .map(PublishedColumn::typeOid)
            .collect(Collectors.toSet());
    Map<Integer, PgType> resolved = types.resolve(connection, oids);
    for (PublishedTable table : tables) {
      for (PublishedColumn column : table.columns()) {
        PgType type = resolved.get(column.typeOid());
        if (breaksBinaryOutput(type)) {
          problem(
              "column %s of %s is of type %s, which has no binary output inside"
                  .formatted(column.name(), table.name(), type.name()),
              "leave the column out of the publication with a column list (PostgreSQL 15), or the"
                  + " table");
        }
      }
    }
  }

  /** A type without binary output of its own is sent as text; one with such a part is an error. */
  static boolean breaksBinaryOutput(PgType type) {
    return switch (type.kind()) {
      case ARRAY, COMPOSITE, RANGE, MULTIRANGE -> !type.binary();
      case DOMAIN -> breaksBinaryOutput(type.inner());
      case BASE, ENUM, UNKNOWN -> false;
    };
  }

  /** The columns that a publication of these tables without column lists would have. */
  List<PublishedTable> columns(Connection connection, List<TableName> tables) throws SQLException {
    List<PublishedTable> published = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(COLUMNS)) {
      for (TableName name : tables) {
        int oid = byName.get(name).oid();
        statement.setString(1, Integer.toUnsignedString(oid));
        List<PublishedColumn> columns = new ArrayList<>();
        try (ResultSet row = statement.executeQuery()) {
          while (row.next()) {
            columns.add(new PublishedColumn(row.getString(1), (int) row.getLong(2)));
          }
        }
        published.add(new PublishedTable(oid, name, columns));
      }
    }
    return published;
  }

  /** Whether the role may dump the tables from the server that the catalog is of. */
  void selectable(List<TableName> tables, Endpoint source) {
    problems.addAll(DumpSourceChecks.unreadable(source, all, tables));
  }

  private void problem(String what, String todo) {
    problems.add(new Problem(what, todo));
  }
}
