package dev.dalang.engine.format;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What the readers of model files share: mapping one, and saying what a file is that is not one. */
final class ModelFile {

    static final String SAFETENSORS = "a safetensors file";

    private static final int MAX_PROBLEM = 500;

    private ModelFile() {}

    /**
     * The whole file, mapped read-only: nothing is read until it is touched, so the size does not matter.
     *
     * @throws DalangException (storage) if it is missing, a folder or unreadable, (bad model file) if it is empty
     */
    static MemorySegment map(Path path, Arena arena) {
        if (Files.isDirectory(path)) throw storage(path, "is a folder, not a file", null);
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            long size = channel.size();
            if (size == 0) throw bad(path.toString(), null, "the file is empty");
            return channel.map(FileChannel.MapMode.READ_ONLY, 0, size, arena);
        } catch (NoSuchFileException e) {
            throw storage(path, "no such file", e);
        } catch (AccessDeniedException e) {
            throw storage(path, "may not be read by this user", e);
        } catch (FileSystemException e) {
            throw storage(path, "cannot be opened: " + e.getReason(), e);
        } catch (IOException e) {
            throw storage(path, "cannot be opened: " + e.getMessage(), e);
        }
    }

    static DalangException storage(Path path, String problem, @Nullable Exception cause) {
        return new DalangException(new Failure.Storage(path + ": " + problem, path.toString()), cause);
    }

    /** What to throw for a file that breaks its format; names from the file cannot break the line or flood it. */
    static DalangException bad(String file, @Nullable String field, String problem) {
        StringBuilder line = new StringBuilder(file).append(": ");
        problem.codePoints()
                .limit(MAX_PROBLEM)
                .forEach(c ->
                        line.appendCodePoint(Character.isISOControl(c) || c == 0x2028 || c == 0x2029 ? '\ufffd' : c));
        return DalangException.badModelFile(line.toString(), file, field);
    }

    /** Which other thing the file is, to judge by its first bytes, as the end of a sentence; null if unknown. */
    static @Nullable String guess(MemorySegment file) {
        byte[] head = file.asSlice(0, Math.min(file.byteSize(), 256)).toArray(ValueLayout.JAVA_BYTE);
        String text = new String(head, StandardCharsets.ISO_8859_1).stripLeading();
        String lower = text.toLowerCase(Locale.ROOT);
        if (lower.startsWith("version https://git-lfs")) {
            return "a Git LFS pointer: the model itself was not downloaded (git lfs pull)";
        }
        if (lower.startsWith("<!doctype") || lower.startsWith("<html") || lower.startsWith("<?xml")) {
            return "a web page: the download was answered by an error or sign-in page";
        }
        if (text.startsWith("GGUF")) return "a GGUF model";
        if (text.startsWith("PK\3\4")) return "a zip archive (perhaps a PyTorch checkpoint)";
        if (head.length > 1 && head[0] == (byte) 0x80 && head[1] >= 2 && head[1] <= 5) {
            return "a Python pickle (perhaps a PyTorch checkpoint)";
        }
        if (head.length > 1 && head[0] == 0x1f && head[1] == (byte) 0x8b) return "gzip-compressed";
        if (head.length > 8 && head[8] == '{' && head[5] == 0 && head[6] == 0 && head[7] == 0) {
            return SAFETENSORS;
        }
        for (String old : new String[] {"lmgg", "tjgg", "fmgg", "algg"}) {
            if (text.startsWith(old)) return "a model in a GGML format older than GGUF";
        }
        if (text.startsWith("{")) return "a JSON text";
        for (byte b : head) if (b != 0) return null;
        return "filled with zero bytes: the download is incomplete";
    }
}
