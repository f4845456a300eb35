package io.tidemark.gateway.outbox;

import io.tidemark.gateway.event.TableCodec;
import io.tidemark.gateway.wire.Event;
import io.tidemark.postgres.TableSchema;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The tables of an outbox's events, by numbers from 1. */
final class Tables {
  private final List<TableSchema> schemas = new ArrayList<>();

  /** Each as the event that tells its columns. */
  private final List<byte[]> events = new ArrayList<>();

  private final Map<TableSchema, Integer> numbers = new HashMap<>();

  int number(TableSchema schema) {
    Integer known = numbers.get(schema);
    if (known != null) {
      return known;
    }
    schemas.add(schema);
    int number = schemas.size();
    events.add(
        Event.newBuilder().setTable(TableCodec.toWire(number, schema)).build().toByteArray());
    numbers.put(schema, number);
    return number;
  }

  TableSchema schema(int number) {
    return schemas.get(number - 1);
  }

  byte[] event(int number) {
    return events.get(number - 1);
  }

  int count() {
    return schemas.size();
  }
}
