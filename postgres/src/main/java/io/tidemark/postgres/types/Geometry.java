package io.tidemark.postgres.types;

import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;

/** PostgreSQL's geometric types. Each {@code toString} is a text that PostgreSQL reads again. */
public sealed interface Geometry {
  /** {@code (x,y)}. */
  record Point(double x, double y) implements Geometry {
    @Override
    public String toString() {
      return "(" + x + "," + y + ")";
    }
  }

  /** A line segment: {@code [(x,y),(x,y)]}. */
  record Segment(Point from, Point to) implements Geometry {
    @Override
    public String toString() {
      return "[" + from + "," + to + "]";
    }
  }

  /** A box by its upper right and lower left corner: {@code (x,y),(x,y)}. */
  record Box(Point high, Point low) implements Geometry {
    @Override
    public String toString() {
      return high + "," + low;
    }
  }

  /** The line ax + by + c = 0: {@code {a,b,c}}. */
  record Line(double a, double b, double c) implements Geometry {
    @Override
    public String toString() {
      return "{" + a + "," + b + "," + c + "}";
    }
  }

  /** {@code ((x,y),...)} if closed, {@code [(x,y),...]} if open. */
  record Path(boolean closed, List<Point> points) implements Geometry {
    public Path {
      points = List.copyOf(points);
    }

    @Override
    public String toString() {
      return closed ? join("(", points, ")") : join("[", points, "]");
    }
  }

  /** {@code ((x,y),...)}. */
  record Polygon(List<Point> points) implements Geometry {
    public Polygon {
      points = List.copyOf(points);
    }

    @Override
    public String toString() {
      return join("(", points, ")");
    }
  }

  /** {@code <(x,y),r>}. */
  record Circle(Point center, double radius) implements Geometry {
    @Override
    public String toString() {
      return "<" + center + "," + radius + ">";
    }
  }

  private static String join(String open, List<Point> points, String close) {
    StringJoiner text = new StringJoiner(",", open, close);
    points.forEach(point -> text.add(point.toString()));
    return text.toString();
  }

  /** All are doubles in the order of the records' components; paths have a flag and a count. */
  static Geometry decode(ValueReader in) {
    Geometry value =
        switch (in.type().oid()) {
          case Oids.POINT -> point(in);
          case Oids.LSEG -> new Segment(point(in), point(in));
          case Oids.BOX -> new Box(point(in), point(in));
          case Oids.LINE -> new Line(in.float64(), in.float64(), in.float64());
          case Oids.PATH -> new Path(in.uint8() != 0, points(in));
          case Oids.POLYGON -> new Polygon(points(in));
          case Oids.CIRCLE -> new Circle(point(in), in.float64());
          default -> throw new IllegalArgumentException(in.type().name() + " is not geometric");
        };
    in.expectEnd();
    return value;
  }

  private static Point point(ValueReader in) {
    return new Point(in.float64(), in.float64());
  }

  private static List<Point> points(ValueReader in) {
    int count = in.count(16);
    List<Point> points = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      points.add(point(in));
    }
    return points;
  }
}
