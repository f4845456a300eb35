package io.tidemark.postgres.setup;

import io.tidemark.postgres.connection.Endpoint;
import java.util.List;

/**
 * What a capture is going to use.
 *
 * @param primary where the slot and the publication are or will be
 * @param dumpSources standbys to dump from; empty if none
 * @param dumpFromPrimary whether the primary itself is dumped from
 * @param slot the slot's name
 * @param createSlot whether to make the slot if there is none
 * @param publication the publication's name
 * @param createPublication whether to make the publication if there is none
 * @param viaRoot whether one that is made has the rows of partitions under their root's name
 * @param tables what to capture; empty for all that the publication has
 * @param allowTablesWithoutIdentity whether tables without replica identity are in order, because
 *     they only get inserts; else they are not published, and where they are that is a warning
 * @param requireDdl whether the database must have a sound DDL capture; else what is wrong with one
 *     that it has is a warning
 */
public record PreflightOptions(
    Endpoint primary,
    List<Endpoint> dumpSources,
    boolean dumpFromPrimary,
    String slot,
    boolean createSlot,
    String publication,
    boolean createPublication,
    boolean viaRoot,
    List<TablePattern> tables,
    boolean allowTablesWithoutIdentity,
    boolean requireDdl) {
  /**
   * With a publication that, if it is made, has partitions under their root's name; with DDL
   * capture or without.
   */
  public PreflightOptions(
      Endpoint primary,
      List<Endpoint> dumpSources,
      boolean dumpFromPrimary,
      String slot,
      boolean createSlot,
      String publication,
      boolean createPublication,
      List<TablePattern> tables,
      boolean allowTablesWithoutIdentity) {
    this(
        primary,
        dumpSources,
        dumpFromPrimary,
        slot,
        createSlot,
        publication,
        createPublication,
        true,
        tables,
        allowTablesWithoutIdentity,
        false);
  }

  public PreflightOptions {
    dumpSources = List.copyOf(dumpSources);
    tables = List.copyOf(tables);
  }
}
