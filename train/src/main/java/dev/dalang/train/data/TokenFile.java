package dev.dalang.train.data;

import dev.dalang.api.DalangException;
import dev.dalang.engine.format.Dtype;
import dev.dalang.engine.format.Safetensors;
import dev.dalang.engine.format.SafetensorsWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.BitSet;

/**
 * Documents in a file, tokenised once and for all, and mapped rather than read. A safetensors file with
 *
 * <ul>
 *   <li>{@code ends}, I64 {@code [documents]}: index of the first token after each document;
 *   <li>{@code tokens}, U16 or U32 {@code [tokens]}: all ids, document after document;
 *   <li>{@code asked}, U8 {@code [⌈tokens/8⌉]}: a bit for each, lowest first; absent where every token is asked.
 * </ul>
 */
public final class TokenFile implements Documents, AutoCloseable {

    private static final String FORMAT = "dalang.tokens";
    private static final ValueLayout.OfLong I64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort U16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Safetensors file;
    private final MemorySegment ends;
    private final MemorySegment tokens;
    private final MemorySegment asked;
    private final int width;
    private final int count;
    private final int vocabulary;

    private TokenFile(Safetensors file) {
        this.file = file;
        Safetensors.Tensor e = tensor("ends");
        Safetensors.Tensor t = tensor("tokens");
        width = t.dtype().bytes();
        if (e.dtype() != Dtype.I64 || t.dtype() != Dtype.U16 && t.dtype() != Dtype.U32) {
            throw bad("ends are " + e.dtype() + " and tokens " + t.dtype() + ", not I64 and U16 or U32");
        }
        if (e.elements() > Integer.MAX_VALUE) throw bad("has too many documents: " + e.elements());
        count = (int) e.elements();
        try {
            vocabulary = Integer.parseInt(file.metadata().getOrDefault("vocabulary", ""));
        } catch (NumberFormatException x) {
            throw bad("does not say how large its vocabulary is");
        }
        ends = file.data(e);
        tokens = file.data(t);
        long end = 0;
        for (int i = 0; i < count; i++) {
            long next = end(i);
            if (next < end || next > t.elements() || next - end > Integer.MAX_VALUE - 64) {
                throw bad("document " + i + " ends at " + next + ", after " + end + " of " + t.elements());
            }
            end = next;
        }
        if (end != t.elements()) throw bad("has " + t.elements() + " tokens, of which documents hold " + end);
        Safetensors.Tensor a = file.tensor("asked");
        if (a != null && (a.dtype() != Dtype.U8 || a.elements() != (t.elements() + 7) / 8)) {
            throw bad("asked has " + a.elements() + " " + a.dtype() + " for " + t.elements() + " tokens");
        }
        asked = a == null ? MemorySegment.NULL : file.data(a);
    }

    /**
     * Opens a file of tokens.
     *
     * @throws DalangException (storage) if it cannot be read, (bad model file) if it is no such file
     */
    public static TokenFile open(Path path) {
        Safetensors file = Safetensors.open(path);
        try {
            return new TokenFile(file);
        } catch (Throwable t) {
            file.close();
            throw t;
        }
    }

    /**
     * Writes documents to a file, which appears under its name when it is complete.
     *
     * @param vocabulary number of ids, kept in the file
     * @throws DalangException (storage) if it cannot be written, (invalid request) for an id outside the vocabulary
     */
    public static void write(Path path, Documents documents, int vocabulary) {
        Dtype type = vocabulary <= 1 << 16 ? Dtype.U16 : Dtype.U32;
        long total = 0;
        boolean allAsked = true;
        for (int i = 0; i < documents.count(); i++) {
            Document d = documents.get(i);
            total += d.count();
            allAsked &= d.asked().cardinality() == d.count();
            for (int id : d.tokens()) {
                if (id >= vocabulary) {
                    throw DalangException.invalidRequest(
                            "document " + i + " has the id " + id + ", and the vocabulary " + vocabulary + " ids",
                            "data");
                }
            }
        }
        SafetensorsWriter writer = new SafetensorsWriter()
                .put("format", FORMAT)
                .put("vocabulary", Integer.toString(vocabulary))
                .tensor("ends", Dtype.I64, new long[] {documents.count()}, out -> {
                    long end = 0;
                    for (int i = 0; i < documents.count(); i++)
                        number(out, end += documents.get(i).count(), 8);
                })
                .tensor("tokens", type, new long[] {total}, out -> {
                    for (int i = 0; i < documents.count(); i++) {
                        for (int id : documents.get(i).tokens()) number(out, id, type.bytes());
                    }
                });
        if (!allAsked) {
            writer.tensor("asked", Dtype.U8, new long[] {(total + 7) / 8}, out -> bits(out, documents));
        }
        writer.write(path);
    }

    private static void number(OutputStream out, long value, int bytes) throws IOException {
        for (int i = 0; i < bytes; i++) out.write((int) (value >>> 8 * i));
    }

    private static void bits(OutputStream out, Documents documents) throws IOException {
        int bits = 0;
        long at = 0;
        for (int i = 0; i < documents.count(); i++) {
            Document d = documents.get(i);
            for (int k = 0; k < d.count(); k++) {
                if (d.asked().get(k)) bits |= 1 << (at & 7);
                if ((++at & 7) == 0) {
                    out.write(bits);
                    bits = 0;
                }
            }
        }
        if ((at & 7) != 0) out.write(bits);
    }

    /** How many ids the vocabulary has that the tokens are of. */
    public int vocabulary() {
        return vocabulary;
    }

    @Override
    public int count() {
        return count;
    }

    @Override
    public long tokens() {
        return tokens.byteSize() / width;
    }

    @Override
    public Document get(int i) {
        long from = i == 0 ? 0 : end(i - 1);
        int[] ids = new int[(int) (end(i) - from)];
        BitSet which = new BitSet(ids.length);
        if (asked.equals(MemorySegment.NULL)) which.set(0, ids.length);
        for (int k = 0; k < ids.length; k++) {
            long at = from + k;
            ids[k] = width == 2 ? tokens.get(U16, 2 * at) & 0xffff : tokens.get(U32, 4 * at);
            if (ids[k] < 0 || ids[k] >= vocabulary) throw bad("token " + at + " is not in the vocabulary");
            if (!asked.equals(MemorySegment.NULL) && (asked.get(ValueLayout.JAVA_BYTE, at >> 3) >> (at & 7) & 1) != 0)
                which.set(k);
        }
        return new Document(ids, which);
    }

    private long end(int i) {
        return ends.get(I64, 8L * i);
    }

    private Safetensors.Tensor tensor(String name) {
        Safetensors.Tensor t = file.tensor(name);
        if (t == null || t.rank() != 1 || !FORMAT.equals(file.metadata().get("format"))) {
            throw bad("is no file of tokens: it lacks " + name + " or its format's name");
        }
        return t;
    }

    private DalangException bad(String problem) {
        return DalangException.badModelFile(
                file.path() + ": " + problem, file.path().toString(), null);
    }

    @Override
    public void close() {
        file.close();
    }
}
