package dev.dalang.engine.assembler;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Every instruction form, with operands of all kinds, read back by a disassembler. */
class InstructionFormsTest {

    /** Samples of each form, for each choice among its alternatives. */
    private static final int SAMPLES = 24;

    /** What was assembled, where, and how it should read. */
    private record Sample(Form form, int offset, byte[] bytes, String expected, List<Operand> operands) {}

    private static final List<Sample> samples = new ArrayList<>();
    private static final Set<Method> called = new HashSet<>();
    private static final List<String> displacements = new ArrayList<>();
    private static Map<Integer, String> read = Map.of();

    @BeforeAll
    static void assembleAndDisassemble() throws Exception {
        Random random = new Random(4);
        ByteArrayOutputStream code = new ByteArrayOutputStream();
        for (Form form : Form.all()) {
            for (List<String> choice : choices(form)) {
                for (int i = 0; i < SAMPLES; i++) add(new FormSampler(form, choice, random).next(), code);
            }
        }
        read = Disassembler.read(code.toByteArray());
    }

    private static void add(FormSampler.Call call, ByteArrayOutputStream code) throws Exception {
        Method method = method(call.form().mnemonic(), call.arguments());
        called.add(method);
        byte[] bytes = assemble(method, call.arguments());
        samples.add(new Sample(call.form(), code.size(), bytes, call.text(), call.operands()));
        code.write(bytes);
        checkDisplacement(call, method, bytes);
    }

    static byte[] assemble(Method method, List<Object> arguments) throws Exception {
        Assembler a = new Assembler();
        method.invoke(a, arguments.toArray());
        return a.toBytes();
    }

    /** A displacement takes one byte where the encoding in use can say it so, four elsewhere, and none when it is zero. */
    private static void checkDisplacement(FormSampler.Call call, Method method, byte[] bytes) throws Exception {
        List<Object> moved = new ArrayList<>(call.arguments());
        for (int i = 0; i < moved.size(); i++) {
            if (!(moved.get(i) instanceof Mem m) || m.disp() == 0) continue;
            moved.set(i, new Mem(m.base(), m.index(), m.scale(), 0, null, m.isBroadcast(), m.mask()));
            boolean needsByte = m.base() == Gp.RBP || m.base() == Gp.R13;
            int unit = bytes[0] == 0x62 ? call.memoryBytes() : 1;
            boolean small = m.disp() % unit == 0 && m.disp() / unit == (byte) (m.disp() / unit);
            int longer = bytes.length - assemble(method, moved).length;
            if (longer != (small ? 1 : 4) - (needsByte ? 1 : 0)) {
                displacements.add(call.text() + ": " + longer + " bytes more than without displacement");
            }
        }
    }

    /** Each alternative of each operand at least once, the others at their first. */
    private static List<List<String>> choices(Form form) {
        List<List<String>> choices = new ArrayList<>();
        choices.add(form.operands().stream().map(List::getFirst).toList());
        for (int at = 0; at < form.operands().size(); at++) {
            for (String alternative : form.operands().get(at).stream().skip(1).toList()) {
                List<String> choice = new ArrayList<>(choices.getFirst());
                choice.set(at, alternative);
                choices.add(choice);
            }
        }
        return choices;
    }

    static Method method(String name, List<Object> arguments) {
        List<Method> found = instructions().stream()
                .filter(m -> m.getName().equals(name) && accepts(m.getParameterTypes(), arguments))
                .toList();
        assertThat(found).as("methods for %s%s", name, arguments).hasSize(1);
        return found.getFirst();
    }

    private static boolean accepts(Class<?>[] types, List<Object> arguments) {
        if (types.length != arguments.size()) return false;
        for (int i = 0; i < types.length; i++) {
            Class<?> type = types[i] == int.class ? Integer.class : types[i];
            if (!type.isInstance(arguments.get(i))) return false;
        }
        return true;
    }

    private static List<Method> instructions() {
        return Arrays.stream(Assembler.class.getInterfaces())
                .flatMap(group -> Arrays.stream(group.getDeclaredMethods()))
                .filter(m -> Modifier.isPublic(m.getModifiers()) && !m.isSynthetic())
                .toList();
    }

    @Test
    void everyFormReadsBack() {
        List<String> wrong = samples.stream()
                .filter(s -> !s.expected().equals(read.get(s.offset())))
                .map(s -> s.expected() + " reads as " + read.get(s.offset()))
                .toList();
        assertThat(wrong).isEmpty();
        assertThat(read).hasSize(samples.size()); // and nothing in between
    }

    /** The few methods that take no operand of the table are in {@link ControlFlowTest}. */
    @Test
    void everyMethodIsInTheTable() {
        Set<String> elsewhere =
                Set.of("mov(Gp,long)", "cmov(Cond,Gp,GpMem)", "jmp(Label)", "jcc(Cond,Label)", "call(Label)");
        Set<String> missing = new HashSet<>();
        for (Method m : instructions()) {
            String types = String.join(
                    ",",
                    Arrays.stream(m.getParameterTypes())
                            .map(Class::getSimpleName)
                            .toList());
            if (!called.contains(m)) missing.add(m.getName() + "(" + types + ")");
        }
        assertThat(missing).isEqualTo(elsewhere);
    }

    /** A processor with AVX2 alone knows no EVEX, so it must not appear where VEX can say the same. */
    @Test
    void vexIsTakenWherePossible() {
        List<String> wrong = new ArrayList<>();
        for (Sample s : samples) {
            int first = s.bytes()[0] & 0xFF;
            boolean vex = first == 0xC4 || first == 0xC5;
            boolean expected = switch (s.form().encoding()) {
                case "vex" -> true;
                case "evex", "legacy" -> false;
                default -> s.form().bits() < 512 && s.operands().stream().allMatch(o -> avx2(o));
            };
            if (vex != expected) wrong.add(s.expected() + String.format(Locale.ROOT, " starts with %02x", first));
        }
        assertThat(wrong).isEmpty();
    }

    private static boolean avx2(Operand operand) {
        return switch (operand) {
            case Vec v -> v.number() < 16 && v.mask() == null;
            case Mem m -> !m.isBroadcast() && m.mask() == null;
            default -> true;
        };
    }

    @Test
    void displacementsAreAsShortAsTheEncodingAllows() {
        assertThat(displacements).isEmpty();
    }

    /** The sweep is worth something only when the rare cases are in it. */
    @Test
    void samplesReachAllRegistersAndAddresses() {
        Set<Object> seen = new HashSet<>();
        for (Sample s : samples) {
            for (Operand o : s.operands()) {
                switch (o) {
                    case Vec v -> seen.add(v.number());
                    case Gp g -> seen.add(g);
                    case Mask k -> seen.add(k);
                    case Tile t -> seen.add(t);
                    case Mem m -> {
                        seen.add("base " + m.base());
                        seen.add("index " + m.index() + " " + m.scale());
                        seen.add("base " + m.base() + (m.disp() == 0 ? " alone" : " displaced"));
                    }
                }
            }
        }
        assertThat(seen).contains(Arrays.copyOf(Gp.values(), 32, Object[].class));
        assertThat(seen).contains((Object[]) Mask.values()).contains((Object[]) Tile.values());
        for (int i = 0; i < 32; i++) assertThat(seen).contains(i);
        for (Gp g : Arrays.copyOf(Gp.values(), 16)) {
            assertThat(seen).contains("base " + g + " alone", "base " + g + " displaced");
            if (g != Gp.RSP) assertThat(seen).contains("index " + g + " 1", "index " + g + " 8");
        }
    }
}
