import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFile.ClassHierarchyResolverOption;
import java.lang.classfile.ClassFile.ConstantPoolSharingOption;
import java.lang.classfile.ClassFile.StackMapsOption;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.constant.ClassDesc;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.LocalDateTime;
import java.util.Collections;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Rewrites class files of Java 5 and older in a folder's jars to the form of Java 17: {@code java RaiseClassFiles.java
 * FOLDER}. The code stays what it was; stack maps are added to it. The JVM keeps no older form in its start-up cache and
 * verifies it the slow way, which for the command line's parser takes a third of a start. The same jar gives the same bytes.
 */
final class RaiseClassFiles {
    /** The first form with stack maps, which the start-up cache wants (JVM specification, 4.10.1). */
    private static final int STACK_MAPS = ClassFile.JAVA_6_VERSION;

    /** The notice that the Apache licence (4b) asks for. */
    private static final ZipEntry NOTICE = new ZipEntry("META-INF/CHANGED-BY-DALANG");

    private static final String WHAT = "The class files were raised to the form of Java 17; the code is unchanged.\n";

    private final JarFile jar;
    private final ClassFile classes;

    private RaiseClassFiles(JarFile jar) {
        this.jar = jar;
        classes = ClassFile.of(
                ConstantPoolSharingOption.NEW_POOL,
                StackMapsOption.GENERATE_STACK_MAPS,
                ClassHierarchyResolverOption.of(ClassHierarchyResolver.ofResourceParsing(this::neighbour)
                        .orElse(ClassHierarchyResolver.defaultResolver())));
    }

    public static void main(String[] args) throws IOException {
        try (DirectoryStream<Path> jars = Files.newDirectoryStream(Path.of(args[0]), "*.jar")) {
            for (Path path : jars) {
                Path raised = path.resolveSibling(path.getFileName() + ".raised");
                boolean changed;
                try (JarFile jar = new JarFile(path.toFile());
                        OutputStream out = Files.newOutputStream(raised)) {
                    changed = new RaiseClassFiles(jar).write(out);
                }
                if (changed) Files.move(raised, path, StandardCopyOption.REPLACE_EXISTING);
                else Files.delete(raised);
            }
        }
    }

    /** Whether the jar has any class of the old form; only then something is written. */
    private boolean write(OutputStream out) throws IOException {
        boolean changed = false;
        for (ZipEntry entry : Collections.list(jar.entries())) {
            if (isClass(entry) && major(bytes(entry)) < STACK_MAPS) changed = true;
        }
        if (!changed) return false;
        try (ZipOutputStream to = new ZipOutputStream(out)) {
            for (ZipEntry entry : Collections.list(jar.entries())) {
                ZipEntry copy = new ZipEntry(entry.getName());
                copy.setTimeLocal(entry.getTimeLocal());
                to.putNextEntry(copy);
                to.write(isClass(entry) ? raised(entry.getName(), bytes(entry)) : bytes(entry));
                to.closeEntry();
            }
            NOTICE.setTimeLocal(LocalDateTime.of(1980, 1, 1, 0, 0));
            to.putNextEntry(NOTICE);
            to.write(WHAT.getBytes(StandardCharsets.UTF_8));
        }
        return true;
    }

    private byte[] raised(String name, byte[] bytes) {
        if (major(bytes) >= STACK_MAPS) return bytes;
        ClassModel model = classes.parse(bytes);
        byte[] raised = classes.transformClass(model, (builder, element) -> {
            if (element instanceof ClassFileVersion) builder.withVersion(ClassFile.JAVA_17_VERSION, 0);
            else builder.with(element);
        });
        var wrong = classes.verify(raised);
        if (!wrong.isEmpty()) throw new IllegalStateException(jar.getName() + ": " + name + ": " + wrong.getFirst());
        return raised;
    }

    private InputStream neighbour(ClassDesc type) {
        String descriptor = type.descriptorString();
        ZipEntry entry = jar.getEntry(descriptor.substring(1, descriptor.length() - 1) + ".class");
        try {
            return entry == null ? null : jar.getInputStream(entry);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private byte[] bytes(ZipEntry entry) throws IOException {
        try (InputStream in = jar.getInputStream(entry)) {
            return in.readAllBytes();
        }
    }

    private static boolean isClass(ZipEntry entry) {
        return entry.getName().endsWith(".class") && !entry.getName().endsWith("module-info.class");
    }

    private static int major(byte[] bytes) {
        return (bytes[6] & 0xff) << 8 | bytes[7] & 0xff;
    }
}
