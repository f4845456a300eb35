package io.tidemark.source.simulation;

import java.util.HashMap;
import java.util.Map;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/**
 * A change to the bytecode of one method, such that a rule it keeps is not kept. Lambdas count as
 * part of the method that they are in.
 *
 * @param type the class's simple name below {@code io.tidemark}: {@code source.merge.LaneMerge}
 * @param method its name
 */
record Mutation(String type, String method, Edit edit) {
  /** What is put in place of what. */
  sealed interface Edit {
    /** The method does nothing but return this; null for void. */
    record Returns(Object value) implements Edit {}

    /** Each call of a method by this name gives this instead; null for void: it is left out. */
    record Calls(String name, Object value) implements Edit {}

    /** Each read of the field gives this. */
    record Reads(String field, Object value) implements Edit {}

    /** Each read of the field is of another one of that type. */
    record ReadsOther(String field, String other) implements Edit {}

    /** The field is not written. */
    record LeavesField(String field) implements Edit {}

    /** Numbers that are compared by their difference, modulo 2^32, are compared as they are. */
    record ComparesPlainly() implements Edit {}
  }

  String className() {
    return "io.tidemark." + type;
  }

  boolean isIn(String name) {
    boolean lambda = !(edit instanceof Edit.Returns) && name.startsWith("lambda$" + method + "$");
    return name.equals(method) || lambda;
  }

  /** A visitor that makes the edit; counts into {@code applied} how often. */
  MethodVisitor visitor(MethodVisitor to, String descriptor, int[] applied) {
    if (edit instanceof Edit.Returns returns) {
      applied[0]++;
      to.visitCode();
      push(to, returns.value());
      to.visitInsn(Type.getReturnType(descriptor).getOpcode(Opcodes.IRETURN));
      to.visitMaxs(0, 0);
      to.visitEnd();
      return null;
    }
    return new Editor(to, edit, applied);
  }

  private static void push(MethodVisitor to, Object value) {
    if (value instanceof Boolean flag) {
      to.visitInsn(flag ? Opcodes.ICONST_1 : Opcodes.ICONST_0);
    } else if (value != null) {
      to.visitLdcInsn(value);
    }
  }

  private static final class Editor extends MethodVisitor {
    private static final Map<Integer, Integer> PLAIN = new HashMap<>();

    static {
      PLAIN.put(Opcodes.IFLT, Opcodes.IF_ICMPLT);
      PLAIN.put(Opcodes.IFLE, Opcodes.IF_ICMPLE);
      PLAIN.put(Opcodes.IFGT, Opcodes.IF_ICMPGT);
      PLAIN.put(Opcodes.IFGE, Opcodes.IF_ICMPGE);
    }

    private final Edit edit;
    private final int[] applied;
    private boolean difference;

    Editor(MethodVisitor to, Edit edit, int[] applied) {
      super(Opcodes.ASM9, to);
      this.edit = edit;
      this.applied = applied;
    }

    @Override
    public void visitMethodInsn(
        int opcode, String owner, String name, String descriptor, boolean isInterface) {
      if (edit instanceof Edit.Calls calls && calls.name().equals(name)) {
        applied[0]++;
        Type[] arguments = Type.getArgumentTypes(descriptor);
        for (int i = arguments.length - 1; i >= 0; i--) {
          pop(arguments[i]);
        }
        if (opcode != Opcodes.INVOKESTATIC) {
          super.visitInsn(Opcodes.POP);
        }
        push(mv, calls.value());
      } else {
        super.visitMethodInsn(opcode, owner, name, descriptor, isInterface);
      }
    }

    private void pop(Type type) {
      super.visitInsn(type.getSize() == 2 ? Opcodes.POP2 : Opcodes.POP);
    }

    @Override
    public void visitFieldInsn(int opcode, String owner, String name, String descriptor) {
      boolean get = opcode == Opcodes.GETFIELD;
      if (get && edit instanceof Edit.Reads reads && reads.field().equals(name)) {
        applied[0]++;
        super.visitInsn(Opcodes.POP);
        push(mv, reads.value());
      } else if (get && edit instanceof Edit.ReadsOther reads && reads.field().equals(name)) {
        applied[0]++;
        super.visitFieldInsn(opcode, owner, reads.other(), descriptor);
      } else if (opcode == Opcodes.PUTFIELD
          && edit instanceof Edit.LeavesField leaves
          && leaves.field().equals(name)) {
        applied[0]++;
        pop(Type.getType(descriptor));
        super.visitInsn(Opcodes.POP);
      } else {
        super.visitFieldInsn(opcode, owner, name, descriptor);
      }
    }

    @Override
    public void visitInsn(int opcode) {
      difference = opcode == Opcodes.ISUB && edit instanceof Edit.ComparesPlainly;
      if (!difference) {
        super.visitInsn(opcode);
      }
    }

    @Override
    public void visitJumpInsn(int opcode, org.objectweb.asm.Label label) {
      if (difference) {
        applied[0]++;
        super.visitJumpInsn(PLAIN.get(opcode), label);
        difference = false;
      } else {
        super.visitJumpInsn(opcode, label);
      }
    }
  }
}
