package io.tidemark.gateway.client;

import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.change.RowChange;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;

/**
 * How rows become records of a class: by component, from a column each.
 *
 * @param <T> the class
 */
final class RecordMapping<T extends Record> {
  private final Class<T> type;
  private final Constructor<T> constructor;
  private final List<Part> parts;

  /**
   * A component: its column, whether it is a {@link Value}, and the conversion of what is in it.
   */
  private record Part(String component, String column, boolean optional, Conversion conversion) {}

  /**
   * The mapping to a class.
   *
   * @throws IllegalArgumentException if a component's type is none that columns have
   */
  RecordMapping(Class<T> type) {
    this.type = type;
    this.parts = new ArrayList<>();
    List<Class<?>> types = new ArrayList<>();
    for (RecordComponent component : type.getRecordComponents()) {
      types.add(component.getType());
      parts.add(part(component));
    }
    try {
      this.constructor = type.getDeclaredConstructor(types.toArray(Class<?>[]::new));
      constructor.setAccessible(true);
    } catch (NoSuchMethodException e) {
      throw new IllegalStateException("every record has its constructor: " + type, e);
    }
  }

  private Part part(RecordComponent component) {
    Column column = component.getAnnotation(Column.class);
    String name = column == null ? snakeCase(component.getName()) : column.value();
    Type wanted = component.getGenericType();
    boolean optional = component.getType() == Value.class;
    if (optional) {
      wanted =
          wanted instanceof ParameterizedType generic
              ? generic.getActualTypeArguments()[0]
              : Object.class;
    }
    try {
      return new Part(component.getName(), name, optional, Conversion.to(wanted));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "component " + component.getName() + " of " + type.getName() + ": " + e.getMessage(), e);
    }
  }

  /** The table that the class is annotated with, if it is. */
  Optional<String> table() {
    Table table = type.getAnnotation(Table.class);
    return table == null ? Optional.empty() : Optional.of(table.value());
  }

  /** A handler of changes that hands them on as records. */
  AsyncHandler<RowChange> handler(AsyncHandler<? super RecordChange<T>> handler) {
    return new AsyncHandler<>() {
      private TableSchema checked;

      @Override
      public CompletionStage<?> handle(RowChange change) throws Exception {
        TableSchema schema = change.schema();
        if (!schema.equals(checked)) {
          check(schema);
          checked = schema;
        }
        return handler.handle(new RecordChange<>(change, RecordMapping.this));
      }
    };
  }

  /**
   * Checks that a table has a column for each component.
   *
   * @throws ConsumerException if not; it lists what the table has
   */
  private void check(TableSchema schema) {
    List<String> missing =
        parts.stream()
            .map(Part::column)
            .filter(column -> schema.ordinal(column) < 0)
            .map(column -> "'" + column + "'")
            .toList();
    if (!missing.isEmpty()) {
      throw new ConsumerException(
          "record %s needs %s of table %s, which has %s; name columns with @Column"
              .formatted(
                  type.getName(),
                  String.join(", ", missing),
                  schema.name(),
                  schema.columns().stream()
                      .map(column -> "'" + column.name() + "'")
                      .collect(Collectors.joining(", "))));
    }
  }

  /** The new or the old row. */
  T read(RowChange change, boolean old) {
    Object[] arguments = new Object[parts.size()];
    for (int i = 0; i < arguments.length; i++) {
      arguments[i] = argument(change, parts.get(i), old);
    }
    try {
      return constructor.newInstance(arguments);
    } catch (InvocationTargetException e) {
      throw new IllegalArgumentException(
          "the constructor of %s refused the row of %s".formatted(type.getName(), change),
          e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot make a " + type.getName(), e);
    }
  }

  private Object argument(RowChange change, Part part, boolean old) {
    String column = part.column();
    if (part.optional() && (old ? !change.hasOld(column) : change.isUnchanged(column))) {
      return Value.unchanged();
    }
    Object value = old ? change.getOld(column) : change.get(column);
    Object converted;
    try {
      converted = part.conversion().convert(value);
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new IllegalArgumentException(
          "component %s of %s, column '%s' of %s: %s"
              .formatted(part.component(), type.getName(), column, change, e.getMessage()),
          e);
    }
    return part.optional() ? Value.of(converted) : converted;
  }

  static String snakeCase(String name) {
    return name.replaceAll("([a-z0-9])([A-Z])", "$1_$2")
        .replaceAll("([A-Z])([A-Z][a-z])", "$1_$2")
        .toLowerCase(Locale.ROOT);
  }
}
