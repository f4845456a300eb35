package io.tidemark.source.simulation;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/**
 * Has a copy of the product and of the simulation, with mutations in the product: nothing in the
 * product itself can switch a rule off.
 */
final class MutatingLoader extends ClassLoader {
  private final List<Mutation> mutations;
  private final List<Mutation> unused;

  MutatingLoader(List<Mutation> mutations) {
    super(MutatingLoader.class.getClassLoader());
    this.mutations = mutations;
    this.unused = new ArrayList<>(mutations);
  }

  /** {@link SeedSearch#firstFailure} with the mutations. */
  String firstFailure(boolean ddl, long known, long seeds) throws ReflectiveOperationException {
    for (Mutation mutation : mutations) {
      loadClass(mutation.className());
    }
    if (!unused.isEmpty()) {
      throw new IllegalStateException("there is nothing to mutate for " + unused);
    }
    return (String)
        loadClass(SeedSearch.class.getName())
            .getMethod("firstFailure", boolean.class, long.class, long.class)
            .invoke(null, ddl, known, seeds);
  }

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    synchronized (getClassLoadingLock(name)) {
      if (!name.startsWith("io.tidemark.")) {
        return super.loadClass(name, resolve);
      }
      Class<?> loaded = findLoadedClass(name);
      return loaded != null ? loaded : define(name);
    }
  }

  private Class<?> define(String name) throws ClassNotFoundException {
    try (InputStream in = getResourceAsStream(name.replace('.', '/') + ".class")) {
      if (in == null) {
        throw new ClassNotFoundException(name);
      }
      byte[] bytes = in.readAllBytes();
      for (Mutation mutation : mutations) {
        if (mutation.className().equals(name)) {
          bytes = mutate(bytes, mutation);
        }
      }
      return defineClass(name, bytes, 0, bytes.length);
    } catch (IOException e) {
      throw new ClassNotFoundException(name, e);
    }
  }

  private byte[] mutate(byte[] bytes, Mutation mutation) {
    ClassWriter writer = new ClassWriter(ClassWriter.COMPUTE_MAXS);
    int[] applied = new int[1];
    new ClassReader(bytes)
        .accept(
            new ClassVisitor(Opcodes.ASM9, writer) {
              @Override
              public MethodVisitor visitMethod(
                  int access,
                  String name,
                  String descriptor,
                  String signature,
                  String[] exceptions) {
                MethodVisitor to =
                    super.visitMethod(access, name, descriptor, signature, exceptions);
                return mutation.isIn(name) ? mutation.visitor(to, descriptor, applied) : to;
              }
            },
            0);
    if (applied[0] > 0) {
      unused.remove(mutation);
    }
    return writer.toByteArray();
  }
}
