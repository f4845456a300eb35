package io.tidemark.gateway.client;

import io.tidemark.postgres.Lsn;
import io.tidemark.postgres.types.Composite;
import io.tidemark.postgres.types.Geometry;
import io.tidemark.postgres.types.Interval;
import io.tidemark.postgres.types.Range;
import java.lang.invoke.MethodType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/** From what a column decodes into to what a record's component takes. */
@FunctionalInterface
interface Conversion {
  /** What columns decode into, and is taken as it is. */
  Set<Class<?>> AS_IT_IS =
      Set.of(
          Object.class,
          Number.class,
          Boolean.class,
          Float.class,
          String.class,
          byte[].class,
          UUID.class,
          Instant.class,
          LocalDate.class,
          LocalDateTime.class,
          LocalTime.class,
          OffsetTime.class,
          Interval.class,
          Range.class,
          Composite.class,
          Geometry.class,
          Lsn.class,
          Map.class);

  /**
   * Converts a value, which may be null.
   *
   * @throws IllegalArgumentException if it is none of the type; the message does not have it
   * @throws ArithmeticException if it is a number that does not fit
   */
  Object convert(Object value);

  /**
   * The conversion to a type.
   *
   * @throws IllegalArgumentException if no column has values of it
   */
  static Conversion to(Type type) {
    if (type instanceof ParameterizedType generic) {
      if (generic.getRawType() == List.class) {
        return list(to(generic.getActualTypeArguments()[0]));
      } else if (generic.getRawType() == Optional.class) {
        Conversion inner = to(generic.getActualTypeArguments()[0]);
        return value -> Optional.ofNullable(inner.convert(value));
      }
      return to(generic.getRawType());
    }
    if (!(type instanceof Class<?> wanted)) {
      throw unsupported(type);
    }
    if (wanted.isPrimitive()) {
      return primitive(wanted);
    } else if (wanted == List.class) {
      return list(value -> value);
    } else if (wanted.isEnum()) {
      return constant(wanted);
    }
    return nullable(boxed(wanted));
  }

  private static Conversion boxed(Class<?> wanted) {
    if (wanted == Long.class) {
      return value -> exact(value, wanted);
    } else if (wanted == Integer.class) {
      return value -> Math.toIntExact(exact(value, wanted));
    } else if (wanted == Short.class) {
      return value -> {
        long number = exact(value, wanted);
        if (number != (short) number) {
          throw new ArithmeticException("short overflow");
        }
        return (short) number;
      };
    } else if (wanted == Double.class) {
      return value ->
          value instanceof Double || value instanceof Float
              ? ((Number) value).doubleValue()
              : (double) exact(value, wanted);
    } else if (wanted == BigDecimal.class) {
      return value ->
          value instanceof BigDecimal
              ? value
              : value instanceof BigInteger integer
                  ? new BigDecimal(integer)
                  : BigDecimal.valueOf(exact(value, wanted));
    } else if (wanted == BigInteger.class) {
      return value ->
          value instanceof BigInteger ? value : BigInteger.valueOf(exact(value, wanted));
    } else if (AS_IT_IS.contains(wanted)) {
      return value -> {
        if (!wanted.isInstance(value)) {
          throw mismatch(value, wanted);
        }
        return value;
      };
    }
    throw unsupported(wanted);
  }

  private static long exact(Object value, Class<?> wanted) {
    if (value instanceof Long || value instanceof Integer || value instanceof Short) {
      return ((Number) value).longValue();
    }
    throw mismatch(value, wanted);
  }

  private static Conversion primitive(Class<?> wanted) {
    Class<?> box = MethodType.methodType(wanted).wrap().returnType();
    Conversion conversion = boxed(box);
    return value -> {
      if (value == null) {
        throw new IllegalArgumentException(
            "it is null; declare the component as " + box.getSimpleName());
      }
      return conversion.convert(value);
    };
  }

  private static Conversion nullable(Conversion conversion) {
    return value -> value == null ? null : conversion.convert(value);
  }

  private static Conversion list(Conversion element) {
    return nullable(
        value -> {
          if (!(value instanceof List<?> list)) {
            throw mismatch(value, List.class);
          }
          List<Object> elements = new ArrayList<>(list.size());
          list.forEach(item -> elements.add(element.convert(item)));
          return Collections.unmodifiableList(elements);
        });
  }

  private static Conversion constant(Class<?> wanted) {
    Map<String, Object> constants =
        Arrays.stream(wanted.getEnumConstants())
            .collect(Collectors.toMap(constant -> ((Enum<?>) constant).name(), c -> c));
    return nullable(
        value -> {
          if (!(value instanceof String text)) {
            throw mismatch(value, wanted);
          }
          Object constant = constants.get(text);
          if (constant == null) {
            throw new IllegalArgumentException(
                "it is none of the constants of " + wanted.getName() + ", " + constants.keySet());
          }
          return constant;
        });
  }

  private static IllegalArgumentException mismatch(Object value, Class<?> wanted) {
    return new IllegalArgumentException(
        "it has a %s here, not a %s"
            .formatted(value.getClass().getSimpleName(), wanted.getSimpleName()));
  }

  private static IllegalArgumentException unsupported(Type type) {
    return new IllegalArgumentException(
        "no column has values of type %s; see io.tidemark.postgres.types for those there are"
            .formatted(type.getTypeName()));
  }
}
