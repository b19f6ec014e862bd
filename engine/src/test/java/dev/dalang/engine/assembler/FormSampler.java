package dev.dalang.engine.assembler;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/** Operands at random for one form, with the text that a disassembler should print for it. */
final class FormSampler {

    private static final int[] IMMEDIATES = {5, -5, 127, -128, 128, -129, 0x12345678, -0x12345678, 0};
    private static final String[] LOW_BYTES = {"al", "cl", "dl", "bl", "spl", "bpl", "sil", "dil"};
    private static final String[] LOW_WORDS = {"ax", "cx", "dx", "bx", "sp", "bp", "si", "di"};

    /**
     * @param arguments of the assembler's method
     * @param text the instruction in Intel syntax
     * @param memoryBytes what the memory operand spans, 1 without one
     */
    record Call(Form form, List<Object> arguments, String text, int memoryBytes) {

        List<Operand> operands() {
            return arguments.stream()
                    .filter(Operand.class::isInstance)
                    .map(Operand.class::cast)
                    .toList();
        }
    }

    private final Form form;
    private final List<String> choice;
    private final Random random;

    private final List<Object> arguments = new ArrayList<>();
    private final List<String> texts = new ArrayList<>();
    private int memoryBytes = 1;

    /** @param choice one alternative for each operand of the form */
    FormSampler(Form form, List<String> choice, Random random) {
        this.form = form;
        this.choice = choice;
        this.random = random;
    }

    Call next() {
        for (String operand : choice) add(operand);
        String text = String.join(" ", mnemonic(), String.join(",", texts)).strip();
        return new Call(form, List.copyOf(arguments), text, memoryBytes);
    }

    private String mnemonic() {
        String name = form.mnemonic();
        if (name.endsWith("Vex")) return "{vex} " + name.substring(0, name.length() - 3);
        if (name.matches("mov8|mov16|movzx8|movzx16|movsx8|movsx16")) return name.replaceFirst("\\d+", "");
        return name;
    }

    private void add(String operand) {
        int bits = form.bits();
        switch (operand) {
            case "v" -> vector(bits);
            case "h" -> vector(Math.max(128, bits / 2));
            case "q" -> vector(Math.max(128, bits / 4));
            case "e" -> vector(Math.max(128, bits / 8));
            case "x" -> vector(128);
            case "y" -> vector(256);
            case "m" -> memory(bits, sizeName(bits));
            case "mh" -> memory(bits / 2, sizeName(bits / 2));
            case "mq" -> memory(bits / 4, sizeName(bits / 4));
            case "me" -> memory(bits / 8, sizeName(bits / 8));
            case "m0" -> memory(8, "");
            case "b32" -> memory(32, "DWORD BCST ");
            case "b64" -> memory(64, "QWORD BCST ");
            case "s" -> rows();
            case "r" -> general(bits);
            case "r8", "r16", "r32", "r64" -> general(Integer.parseInt(operand.substring(1)));
            case "k" -> put(Mask.values()[random.nextInt(8)]);
            case "t" -> tile();
            case "i" -> put(64 + random.nextInt(192)); // below 32 some are printed as names of their own
            case "n" -> put(random.nextInt(1, bits));
            case "I" -> signed(IMMEDIATES[random.nextInt(IMMEDIATES.length)], bits);
            default -> {
                int size = Integer.parseInt(operand.substring(1));
                memory(size, sizeName(size));
            }
        }
    }

    private void put(Operand operand) {
        arguments.add(operand);
        texts.add(operand.toString());
    }

    private void put(int immediate) {
        arguments.add(immediate);
        texts.add(String.format(Locale.ROOT, "0x%x", immediate));
    }

    private void signed(int immediate, int bits) {
        arguments.add(immediate);
        texts.add("0x" + (bits == 64 ? Long.toHexString(immediate) : Integer.toHexString(immediate)));
    }

    private void vector(int bits) {
        Vec v = new Vec(
                random.nextInt(form.encoding().equals("vex") || random.nextBoolean() ? 16 : 32), bits, null, false);
        if (arguments.isEmpty() && form.mask() && random.nextInt(3) == 0) {
            Mask k = Mask.values()[random.nextInt(1, 8)];
            v = form.zero() && random.nextBoolean() ? v.zero(k) : v.merge(k);
        }
        put(v);
    }

    private void general(int bits) {
        Gp g = Gp.values()[random.nextInt(16)];
        arguments.add(bits == 64 ? g : g.r32());
        texts.add(
                switch (bits) {
                    case 8 -> g.number() < 8 ? LOW_BYTES[g.number()] : g + "b";
                    case 16 -> g.number() < 8 ? LOW_WORDS[g.number()] : g + "w";
                    default -> arguments.getLast().toString();
                });
    }

    private void memory(int bits, String size) {
        memoryBytes = bits / 8;
        int n = memoryBytes;
        int[] disps = {0, 0, n, -n, 127 * n, -128 * n, 128 * n, -129 * n, 1, n + 1, 127, -128, 128, 0x12345, -0x7654321
        };
        Gp base = Gp.values()[random.nextInt(16)];
        Gp index = random.nextBoolean() ? null : Gp.values()[random.nextInt(16)];
        if (index == Gp.RSP) index = null;
        int scale = index == null ? 1 : 1 << random.nextInt(4);
        boolean broadcast = size.endsWith("BCST ");
        boolean masked = arguments.isEmpty() && form.mask() && random.nextInt(3) == 0;
        Mask mask = masked ? Mask.values()[random.nextInt(1, 8)] : null;
        Mem m = new Mem(base, index, scale, disps[random.nextInt(disps.length)], null, broadcast, mask);
        arguments.add(m);
        texts.add(size + m);
    }

    private void rows() {
        Gp index = Gp.values()[random.nextInt(16)];
        if (index == Gp.RSP) index = Gp.RAX;
        Mem m = new Mem(
                Gp.values()[random.nextInt(16)],
                index,
                1 << random.nextInt(4),
                random.nextInt(-500, 500),
                null,
                false,
                null);
        arguments.add(m);
        texts.add(m.toString());
    }

    /** Tiles of one instruction must differ. */
    private void tile() {
        Tile t = Tile.values()[random.nextInt(8)];
        while (arguments.contains(t)) t = Tile.values()[random.nextInt(8)];
        put(t);
    }

    private static String sizeName(int bits) {
        return switch (bits) {
                    case 8 -> "BYTE";
                    case 16 -> "WORD";
                    case 32 -> "DWORD";
                    case 64 -> "QWORD";
                    case 128 -> "XMMWORD";
                    case 256 -> "YMMWORD";
                    case 512 -> "ZMMWORD";
                    default -> throw new IllegalArgumentException("no memory of " + bits + " bits");
                }
                + " PTR ";
    }
}
