package io.tidemark.postgres.types;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** A tsquery, which is sent as a tree, and written as an expression. */
final class TextQuery {
  private static final int VALUE = 1;
  private static final int OPERATOR = 2;

  private static final int NOT = 1;
  private static final int AND = 2;
  private static final int OR = 3;
  private static final int PHRASE = 4;

  private TextQuery() {}

  private sealed interface Node {
    /** How tightly it binds; values more than all operators. */
    int priority();
  }

  private record Value(String text) implements Node {
    @Override
    public int priority() {
      return Integer.MAX_VALUE;
    }
  }

  /** An operator; {@code left} is null for NOT. */
  private record Operator(int operator, int distance, Node left, Node right) implements Node {
    @Override
    public int priority() {
      return switch (operator) {
        case NOT -> 4;
        case PHRASE -> 3;
        case AND -> 2;
        default -> 1;
      };
    }

    String text() {
      return switch (operator) {
        case NOT -> "!";
        case AND -> " & ";
        case OR -> " | ";
        default -> distance == 1 ? " <-> " : " <" + distance + "> ";
      };
    }

    boolean brackets(Node operand) {
      // A phrase is of what is on its left, then what is on its right.
      boolean nested = operand instanceof Operator inner && inner.operator == PHRASE;
      return operand.priority() < priority() || (nested && operator == PHRASE && operand == right);
    }
  }

  /** Number of items, then each: an operator comes before its operands, the right one first. */
  static String decode(ValueReader in) {
    int count = in.count(2);
    List<Node> items = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      items.add(item(in));
    }
    in.expectEnd();
    return count == 0 ? "" : text(tree(in, items));
  }

  private static Node item(ValueReader in) {
    int kind = in.uint8();
    if (kind == VALUE) {
      int weights = in.uint8();
      boolean prefix = in.uint8() != 0;
      return new Value(value(in.zeroEnded(), weights, prefix));
    }
    int operator = kind == OPERATOR ? in.uint8() : 0;
    if (operator < NOT || operator > PHRASE) {
      throw in.malformed("it has an unknown item");
    }
    return new Operator(operator, operator == PHRASE ? in.uint16() : 0, null, null);
  }

  private static String value(String lexeme, int weights, boolean prefix) {
    StringBuilder text = new StringBuilder(TextForms.lexeme(lexeme));
    text.append(weights != 0 || prefix ? ":" : "").append(prefix ? "*" : "");
    for (int i = 0; i < 4; i++) {
      text.append((weights >> (3 - i) & 1) == 0 ? "" : "ABCD".charAt(i));
    }
    return text.toString();
  }

  /** From the last item, so that operands are there before their operator. */
  private static Node tree(ValueReader in, List<Node> items) {
    Deque<Node> operands = new ArrayDeque<>();
    for (int i = items.size() - 1; i >= 0; i--) {
      Node item = items.get(i);
      if (item instanceof Operator operator) {
        int needed = operator.operator == NOT ? 1 : 2;
        if (operands.size() < needed) {
          throw in.malformed("an operator in it lacks an operand");
        }
        Node right = operands.pop();
        Node left = needed == 1 ? null : operands.pop();
        item = new Operator(operator.operator, operator.distance, left, right);
      }
      operands.push(item);
    }
    if (operands.size() != 1) {
      throw in.malformed("it has " + operands.size() + " expressions");
    }
    return operands.pop();
  }

  /** Without recursion, as bytes may stand for any depth. */
  private static String text(Node root) {
    StringBuilder text = new StringBuilder();
    Deque<Object> rest = new ArrayDeque<>();
    rest.push(root);
    while (!rest.isEmpty()) {
      Object next = rest.pop();
      if (next instanceof Operator operator) {
        push(rest, operator, operator.right);
        rest.push(operator.text());
        if (operator.left != null) {
          push(rest, operator, operator.left);
        }
      } else {
        text.append(next instanceof Value value ? value.text : next);
      }
    }
    return text.toString();
  }

  private static void push(Deque<Object> rest, Operator operator, Node operand) {
    boolean brackets = operator.brackets(operand);
    if (brackets) {
      rest.push(" )");
    }
    rest.push(operand);
    if (brackets) {
      rest.push("( ");
    }
  }
}
