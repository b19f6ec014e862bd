package dev.dalang.engine.assembler;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What this processor can do and this system lets us use, found out by running CPUID and XGETBV.
 *
 * @param features each with all that it builds on
 * @param brand the processor's name for itself, empty when unknown
 * @param l1dBytes cache of data next to a core; 0 when unknown, as for the others
 * @param l2Bytes cache of the second level, of one core as a rule
 * @param l3Bytes cache of the third level, shared by cores
 * @param readsAhead whether the processor by itself fetches what is read in order as fast as memory gives it, so that a
 *     program that asks for it too is only in the way: on Zen 4, one token's products get up to half as much again from
 *     memory without
 * @param notes why something is missing that could be there, one line each
 */
public record CpuFeatures(
        Set<CpuFeature> features,
        String brand,
        long l1dBytes,
        long l2Bytes,
        long l3Bytes,
        boolean readsAhead,
        List<String> notes) {

    private static final String AMD = "AuthenticAMD";

    private static final int OSXSAVE = 1 << 27;
    private static final long XCR0_AVX = 0b110;
    private static final long XCR0_AVX512 = 0b1110_0110;
    private static final long XCR0_AMX = 0b11 << 17;

    private static final int CACHE_DATA = 1;
    private static final int CACHE_UNIFIED = 3;
    /** Kinds of caches that leaf 4 lists at most; a guard against a list without end. */
    private static final int MAX_CACHES = 16;

    public CpuFeatures {
        features = Collections.unmodifiableSet(closed(features));
        notes = List.copyOf(notes);
    }

    /** This machine's. Asks the system for the use of tiles where there are some, which lasts as long as the process. */
    public static CpuFeatures detect() {
        try (Arena arena = Arena.ofConfined()) {
            return read(new Cpuid(arena));
        } catch (MachineCodeException e) {
            return new CpuFeatures(Set.of(), "", 0, 0, 0, false, List.of(e.getMessage()));
        }
    }

    private static CpuFeatures read(Cpuid cpu) throws MachineCodeException {
        EnumSet<CpuFeature> found = EnumSet.noneOf(CpuFeature.class);
        for (CpuFeature f : CpuFeature.values()) {
            if (announces(cpu, f)) found.add(f);
        }
        List<String> notes = new ArrayList<>();
        long saved = (cpu.leaf(1, 0)[2] & OSXSAVE) == 0 ? 0 : cpu.savedState();
        if (found.contains(CpuFeature.AVX) && (saved & XCR0_AVX) != XCR0_AVX) {
            found.remove(CpuFeature.AVX);
            notes.add("avx: the system does not save its registers");
        }
        if (found.contains(CpuFeature.AVX512F) && (saved & XCR0_AVX512) != XCR0_AVX512) {
            found.remove(CpuFeature.AVX512F);
            notes.add("avx512f: the system does not save its registers");
        }
        if (found.contains(CpuFeature.AMX_TILE)) {
            if ((saved & XCR0_AMX) != XCR0_AMX) {
                found.remove(CpuFeature.AMX_TILE);
                notes.add("amx_tile: the system does not save its registers");
            } else if (!SystemCalls.open().requestTiles()) {
                found.remove(CpuFeature.AMX_TILE);
                notes.add("amx_tile: the system does not permit its use");
            }
        }
        long[] caches = caches(cpu);
        // AMD's from Zen 4 on are those with AVX-512, whether or not the system saves its registers.
        boolean readsAhead = vendor(cpu).equals(AMD) && announces(cpu, CpuFeature.AVX512F);
        return new CpuFeatures(found, brand(cpu), caches[1], caches[2], caches[3], readsAhead, notes);
    }

    private static boolean announces(Cpuid cpu, CpuFeature f) {
        return (cpu.leaf(f.leaf, f.subleaf)[f.register.ordinal()] >>> f.bit & 1) != 0;
    }

    private static String vendor(Cpuid cpu) {
        int[] r = cpu.leaf(0, 0);
        ByteBuffer text = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
        text.putInt(r[1]).putInt(r[3]).putInt(r[2]);
        return new String(text.array(), StandardCharsets.US_ASCII);
    }

    private static String brand(Cpuid cpu) throws MachineCodeException {
        ByteBuffer text = ByteBuffer.allocate(48).order(ByteOrder.LITTLE_ENDIAN);
        for (int leaf = 0x8000_0002; leaf <= 0x8000_0004; leaf++) {
            for (int part : cpu.leaf(leaf, 0)) text.putInt(part);
        }
        String brand = new String(text.array(), StandardCharsets.US_ASCII);
        int end = brand.indexOf('\0');
        return (end < 0 ? brand : brand.substring(0, end)).strip().replaceAll(" +", " ");
    }

    /** Bytes by level. Intel lists caches in leaf 4, AMD the same way in leaf 8000001D. */
    private static long[] caches(Cpuid cpu) throws MachineCodeException {
        long[] bytes = new long[4];
        for (int leaf : new int[] {4, 0x8000_001D}) {
            for (int i = 0; i < MAX_CACHES; i++) {
                int[] r = cpu.leaf(leaf, i);
                int type = r[0] & 31;
                int level = r[0] >> 5 & 7;
                if (type == 0) break;
                if (type != CACHE_DATA && type != CACHE_UNIFIED || level > 3) continue;
                int ways = (r[1] >>> 22) + 1;
                int partitions = (r[1] >>> 12 & 0x3FF) + 1;
                int line = (r[1] & 0xFFF) + 1;
                long sets = Integer.toUnsignedLong(r[2]) + 1;
                bytes[level] = sets * ways * partitions * line;
            }
            if (bytes[1] != 0) break;
        }
        return bytes;
    }

    public boolean has(CpuFeature feature) {
        return features.contains(feature);
    }

    public boolean hasAll(CpuFeature... wanted) {
        return features.containsAll(List.of(wanted));
    }

    /** The names as Linux prints them, in the order of {@link CpuFeature}. */
    public List<String> names() {
        return features.stream().map(CpuFeature::linuxName).toList();
    }

    /**
     * As if the processor lacked these, and with them what builds on them.
     *
     * @param names as Linux prints them, for example {@code avx512_vnni}
     * @throws DalangException for a name that is none
     */
    public CpuFeatures without(Set<String> names) {
        EnumSet<CpuFeature> left = EnumSet.noneOf(CpuFeature.class);
        left.addAll(features);
        for (String name : names) left.remove(CpuFeature.named(name).orElseThrow(() -> unknown(name)));
        return new CpuFeatures(left, brand, l1dBytes, l2Bytes, l3Bytes, readsAhead, notes);
    }

    /**
     * As {@link #without}, from the text of an option: names with a minus before them, between commas, for example
     * {@code -avx512f,-amx_tile}.
     *
     * @throws DalangException for a name that is none, or one without a minus: nothing can be added
     */
    public CpuFeatures masked(String option) {
        List<String> parts = List.of(option.strip().split("\\s*,\\s*", -1));
        for (String part : parts) {
            if (!part.startsWith("-")) {
                throw new DalangException(new Failure.InvalidRequest(
                        "--cpu-features takes names with a minus before them (-avx512f,-amx_tile), not '" + part + "'",
                        "cpu-features"));
            }
        }
        return without(parts.stream().map(p -> p.substring(1)).collect(Collectors.toSet()));
    }

    private static DalangException unknown(String name) {
        String known = EnumSet.allOf(CpuFeature.class).stream()
                .map(CpuFeature::linuxName)
                .collect(Collectors.joining(", "));
        return new DalangException(new Failure.InvalidRequest(
                "there is no processor feature '" + name + "'; known are " + known, "cpu-features"));
    }

    /** Those whose needs are met, and theirs. Needs stand before in the order, so that one pass does. */
    private static EnumSet<CpuFeature> closed(Collection<CpuFeature> features) {
        EnumSet<CpuFeature> met = EnumSet.noneOf(CpuFeature.class);
        for (CpuFeature f : CpuFeature.values()) {
            if (features.contains(f) && met.containsAll(f.needs())) met.add(f);
        }
        return met;
    }
}
