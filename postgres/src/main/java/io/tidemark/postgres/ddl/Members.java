package io.tidemark.postgres.ddl;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The members of a JSON object, each of the type that it is to have. */
record Members(Map<String, Object> members) {
  boolean has(String name) {
    return members.get(name) != null;
  }

  String string(String name) throws MalformedDdlException {
    String value = stringOrNull(name);
    if (value == null) {
      throw new MalformedDdlException("'" + name + "' is missing");
    }
    return value;
  }

  String stringOrNull(String name) throws MalformedDdlException {
    return get(name, String.class);
  }

  char letter(String name) throws MalformedDdlException {
    String value = string(name);
    if (value.length() != 1) {
      throw new MalformedDdlException("'" + name + "' is no letter");
    }
    return value.charAt(0);
  }

  /** False if it is not there. */
  boolean flag(String name) throws MalformedDdlException {
    return Boolean.TRUE.equals(get(name, Boolean.class));
  }

  int number(String name, int otherwise) throws MalformedDdlException {
    Long value = get(name, Long.class);
    return value == null ? otherwise : toInt(name, value);
  }

  /** An oid, unsigned; 0 if it is not there. */
  int oid(String name) throws MalformedDdlException {
    return (int) unsigned(name);
  }

  /** A number of 32 bits, unsigned; 0 if it is not there. */
  long unsigned(String name) throws MalformedDdlException {
    Long value = get(name, Long.class);
    if (value != null && (value < 0 || value >= 1L << 32)) {
      throw new MalformedDdlException("'" + name + "' has more than 32 bits");
    }
    return value == null ? 0 : value;
  }

  /** Numbers, or oids as they are in 32 bits; none if it is not there. */
  List<Integer> numbers(String name) throws MalformedDdlException {
    List<Integer> numbers = new ArrayList<>();
    for (Object each : array(name)) {
      if (!(each instanceof Long number) || number < Integer.MIN_VALUE || number >= 1L << 32) {
        throw new MalformedDdlException("'" + name + "' has what is no number");
      }
      numbers.add(number.intValue());
    }
    return numbers;
  }

  /** None if it is not there. */
  List<String> strings(String name) throws MalformedDdlException {
    List<String> strings = new ArrayList<>();
    for (Object each : array(name)) {
      if (!(each instanceof String string)) {
        throw new MalformedDdlException("'" + name + "' has what is no string");
      }
      strings.add(string);
    }
    return strings;
  }

  /** The members of an object of strings; none if it is not there. */
  Map<String, String> stringsByName(String name) throws MalformedDdlException {
    Map<String, String> strings = new HashMap<>();
    for (Map.Entry<String, Object> each : members(name).members.entrySet()) {
      if (!(each.getValue() instanceof String string)) {
        throw new MalformedDdlException("'" + name + "' has what is no string");
      }
      strings.put(each.getKey(), string);
    }
    return strings;
  }

  /** Empty if it is not there. */
  Members members(String name) throws MalformedDdlException {
    Map<?, ?> value = get(name, Map.class);
    return value == null ? new Members(Map.of()) : of(value);
  }

  /** Objects; none if it is not there. */
  List<Members> list(String name) throws MalformedDdlException {
    return objects(name, array(name));
  }

  /** Arrays of objects; none if it is not there. */
  List<List<Members>> lists(String name) throws MalformedDdlException {
    List<List<Members>> lists = new ArrayList<>();
    for (Object each : array(name)) {
      if (!(each instanceof List<?> list)) {
        throw new MalformedDdlException("'" + name + "' has what is no array");
      }
      lists.add(objects(name, list));
    }
    return lists;
  }

  private static List<Members> objects(String name, List<?> list) throws MalformedDdlException {
    List<Members> objects = new ArrayList<>();
    for (Object each : list) {
      if (!(each instanceof Map<?, ?> map)) {
        throw new MalformedDdlException("'" + name + "' has what is no object");
      }
      objects.add(of(map));
    }
    return objects;
  }

  @SuppressWarnings("unchecked") // made by DdlJson alone
  private static Members of(Map<?, ?> map) {
    return new Members((Map<String, Object>) map);
  }

  private List<?> array(String name) throws MalformedDdlException {
    List<?> value = get(name, List.class);
    return value == null ? List.of() : value;
  }

  private static int toInt(String name, long value) throws MalformedDdlException {
    if (value < Integer.MIN_VALUE || value > Integer.MAX_VALUE) {
      throw new MalformedDdlException("'" + name + "' has more than 32 bits");
    }
    return (int) value;
  }

  private <T> T get(String name, Class<T> type) throws MalformedDdlException {
    Object value = members.get(name);
    if (value != null && !type.isInstance(value)) {
      throw new MalformedDdlException("'" + name + "' is no " + type.getSimpleName());
    }
    return type.cast(value);
  }
}
