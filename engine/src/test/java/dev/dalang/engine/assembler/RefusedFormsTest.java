package dev.dalang.engine.assembler;

import static dev.dalang.engine.assembler.Mem.mem;
import static dev.dalang.engine.assembler.Vec.xmm;
import static dev.dalang.engine.assembler.Vec.ymm;
import static dev.dalang.engine.assembler.Vec.zmm;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.InvocationTargetException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What no encoding can say must not become bytes: the processor would trap, and take the JVM with it. */
class RefusedFormsTest {

    static Stream<Consumer<Assembler>> wrong() {
        return Stream.of(
                a -> a.vpaddd(ymm(1), zmm(1), ymm(1)),
                a -> a.vpaddd(ymm(1), ymm(1), xmm(1)),
                a -> a.vpaddd(xmm(1), xmm(2).zero(Mask.K1), xmm(3)),
                a -> a.vpaddd(xmm(1), xmm(2), xmm(3).merge(Mask.K1)),
                a -> a.vpaddd(xmm(1), xmm(2), mem(Gp.RAX).merge(Mask.K1)),
                a -> a.vpaddb(zmm(1), zmm(2), mem(Gp.RAX).broadcast()),
                a -> a.vpand(zmm(1), zmm(2), zmm(3)),
                a -> a.vpand(ymm(1), ymm(2), ymm(16)),
                a -> a.vpand(ymm(1), ymm(2), mem(Gp.RAX).broadcast()),
                a -> a.vpand(ymm(1).merge(Mask.K1), ymm(2), ymm(3)),
                a -> a.vblendvps(ymm(1), ymm(2), ymm(3), ymm(16)),
                a -> a.vmovups(mem(Gp.RAX).broadcast(), zmm(1)),
                a -> a.vmovdqu(mem(Gp.RAX).merge(Mask.K1), ymm(1)),
                a -> a.vpermq(ymm(1), ymm(2), 256),
                a -> a.vpermq(ymm(1), ymm(2), -2),
                a -> a.vpmovzxbd(zmm(1), ymm(2)),
                a -> a.vmovq(xmm(1), Gp.EAX),
                a -> a.vmovd(xmm(1), Gp.RAX),
                a -> a.vpbroadcastd(zmm(1), Gp.RAX),
                a -> a.vmovd(mem(Gp.RAX).merge(Mask.K1), xmm(1)),
                a -> a.vcvtneps2bf16(zmm(1), zmm(2)),
                a -> a.kmovq(Mask.K1, Gp.EAX),
                a -> a.kmovw(Gp.RAX, Mask.K1),
                a -> a.tdpbf16ps(Tile.TMM1, Tile.TMM1, Tile.TMM2),
                a -> a.tdpbssd(Tile.TMM1, Tile.TMM2, Tile.TMM1),
                a -> a.tileloadd(Tile.TMM1, mem(Gp.RAX)),
                a -> a.add(Gp.RAX, Gp.ECX),
                a -> a.movsxd(Gp.EAX, Gp.ECX),
                a -> a.lea(Gp.RAX, mem(Gp.RAX).broadcast()),
                a -> a.shl(Gp.EAX, 32),
                a -> a.push(Gp.EAX),
                a -> a.mov(Gp.EAX, 1L << 32),
                a -> a.align(24),
                a -> mem(Gp.EAX),
                a -> mem(Gp.RAX, Gp.RSP, 1),
                a -> mem(Gp.RAX, Gp.RCX, 3),
                a -> zmm(32),
                a -> xmm(-1),
                a -> zmm(1).zero(Mask.K0));
    }

    @ParameterizedTest
    @MethodSource("wrong")
    void isRefused(Consumer<Assembler> use) {
        Assembler a = new Assembler();
        assertThatThrownBy(() -> use.accept(a)).isInstanceOf(IllegalArgumentException.class);
        assertThat(a.size()).as("bytes left behind").isZero();
    }

    /** Sizes and masks that the table of forms does not list. */
    @Test
    void onlyListedSizesAndMasksAreTaken() {
        Set<String> listed = new HashSet<>();
        for (Form f : Form.all()) listed.add(f.mnemonic() + f.operands() + f.size());
        List<String> taken = new ArrayList<>();
        for (Form f : Form.all()) {
            if ("xyz".indexOf(f.size()) < 0) continue;
            for (char size : "xyz".toCharArray()) {
                if (listed.contains(f.mnemonic() + f.operands() + size)) continue;
                Form other = new Form(f.encoding(), size, false, false, f.operands(), f.mnemonic());
                if (accepts(other, null)) taken.add(f.mnemonic() + f.operands() + size);
            }
            boolean register = f.operands().getFirst().getFirst().matches("[vhqexy]");
            if (!f.mask() && register && accepts(f, Mask.K3)) taken.add(f.mnemonic() + f.operands() + "{k3}");
        }
        assertThat(taken).isEmpty();
    }

    private static boolean accepts(Form form, Mask mask) {
        List<String> choice = form.operands().stream().map(List::getFirst).toList();
        List<Object> arguments = new ArrayList<>(
                new FormSampler(form, choice, new Random(1)).next().arguments());
        if (mask != null) arguments.set(0, ((Vec) arguments.getFirst()).merge(mask));
        try {
            InstructionFormsTest.assemble(InstructionFormsTest.method(form.mnemonic(), arguments), arguments);
            return true;
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof IllegalArgumentException) return false;
            throw new AssertionError(e);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
