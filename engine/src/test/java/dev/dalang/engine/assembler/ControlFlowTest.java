package dev.dalang.engine.assembler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/** Labels, constants, padding and the moves of immediates, in one program read back by a disassembler. */
class ControlFlowTest {

    private final Assembler a = new Assembler();
    /** How each instruction should read, in order; %s stands for the target. */
    private final List<String> expected = new ArrayList<>();

    private final List<Label> targets = new ArrayList<>();

    private void expect(String text, Label target) {
        expected.add(text);
        targets.add(target);
    }

    private void expect(String text) {
        expect(text, new Label());
    }

    @Test
    void programReadsBack() throws Exception {
        Label back = a.here();
        Label ahead = a.label();
        Label table = a.label();
        for (Cond c : Cond.values()) {
            a.jcc(c, ahead);
            expect("j" + c.name().toLowerCase(Locale.ROOT) + " %s", ahead);
            a.jcc(c, back);
            expect("j" + c.name().toLowerCase(Locale.ROOT) + " %s", back);
            a.cmov(c, Gp.R9, Gp.RAX);
            expect("cmov" + c.name().toLowerCase(Locale.ROOT) + " r9,rax");
            a.cmov(c, Gp.ECX, Mem.mem(Gp.R12, Gp.RAX, 4, 8));
            expect("cmov" + c.name().toLowerCase(Locale.ROOT) + " ecx,DWORD PTR [r12+rax*4+0x8]");
        }
        a.jmp(back);
        expect("jmp %s", back);
        a.call(ahead);
        expect("call %s", ahead);
        immediates();
        a.bind(ahead);
        constants(table);
        a.bind(table);
        int end = a.size();
        a.data(1f, 2f);
        assertThat(a.size()).isEqualTo(end + 8);

        List<String> read =
                List.copyOf(Disassembler.read(Arrays.copyOf(a.toBytes(), end)).values());
        List<String> wanted = new ArrayList<>();
        for (int i = 0; i < expected.size(); i++) {
            String text = expected.get(i);
            wanted.add(
                    text.contains("%s")
                            ? String.format(
                                    text,
                                    "0x" + Integer.toHexString(targets.get(i).position()))
                            : text);
        }
        assertThat(read.stream().map(s -> s.replaceAll("\\[rip.*]", "[rip]")).toList())
                .isEqualTo(wanted);
    }

    private void immediates() {
        for (Gp r : Gp.values()) {
            a.mov(r, 5);
            expect("mov " + r.r32() + ",0x5"); // clears the upper half too
            a.mov(r, 0xFFFF_FFFFL);
            expect("mov " + r.r32() + ",0xffffffff");
            a.mov(r, -5);
            expect(r.is64() ? "mov " + r + ",0xfffffffffffffffb" : "mov " + r + ",0xfffffffb");
            if (!r.is64()) continue;
            a.mov(r, Integer.MIN_VALUE);
            expect("mov " + r + ",0xffffffff80000000");
            a.mov(r, 0x1234_5678_9ABC_DEF0L);
            expect("movabs " + r + ",0x123456789abcdef0");
            a.mov(r, Long.MIN_VALUE);
            expect("movabs " + r + ",0x8000000000000000");
        }
    }

    /** Whatever stands between the displacement and the end of the instruction is counted; execution proves the place. */
    private void constants(Label table) {
        a.lea(Gp.RAX, Mem.mem(table));
        expect("lea rax,[rip]");
        a.vmovups(Vec.ymm(9), Mem.mem(table, 4));
        expect("vmovups ymm9,YMMWORD PTR [rip]");
        a.vpaddd(Vec.zmm(17), Vec.zmm(3), Mem.mem(table).broadcast());
        expect("vpaddd zmm17,zmm3,DWORD BCST [rip]");
        a.vpternlogd(Vec.zmm(1), Vec.zmm(2), Mem.mem(table, 64), 0xCA);
        expect("vpternlogd zmm1,zmm2,ZMMWORD PTR [rip],0xca");
        a.imul(Gp.RAX, Mem.mem(table), 1000);
        expect("imul rax,QWORD PTR [rip],0x3e8");
    }

    @Test
    void relativeAddressesCountFromTheEndOfTheInstruction() throws Exception {
        Label table = a.label();
        a.vpternlogd(Vec.zmm(1), Vec.zmm(2), Mem.mem(table, 64), 0xCA);
        a.imul(Gp.RAX, Mem.mem(table), 1000);
        a.lea(Gp.RAX, Mem.mem(table, -2));
        a.bind(table);
        assertThat(Disassembler.read(a.toBytes()).values())
                .containsExactly(
                        "vpternlogd zmm1,zmm2,ZMMWORD PTR [rip+0x52],0xca", // 64 and the 11 and 7 bytes between
                        "imul rax,QWORD PTR [rip+0x7],0x3e8",
                        "lea rax,[rip+0xfffffffffffffffe]");
    }

    @Test
    void paddingIsExact() throws Exception {
        for (int before = 0; before < 64; before++) {
            Assembler b = new Assembler();
            for (int i = 0; i < before; i++) b.ret();
            b.align(64);
            assertThat(b.size()).isEqualTo(before == 0 ? 0 : 64);
            b.align(1);
            assertThat(b.size() % 64).isZero();
        }
        Assembler b = new Assembler();
        for (int size = 1; size <= 9; size++) {
            for (int i = 0; i < 16 - size; i++) b.ret();
            b.align(16);
        }
        List<String> padding = Disassembler.read(b.toBytes()).values().stream()
                .filter(s -> !s.equals("ret"))
                .toList();
        assertThat(padding).hasSize(9).allMatch(s -> s.contains("nop") || s.equals("xchg ax,ax"));
    }

    @Test
    void labelsAreBoundOnce() {
        Label label = a.here();
        assertThatThrownBy(() -> a.bind(label))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("twice");
        a.jmp(a.label());
        assertThatThrownBy(a::toBytes).isInstanceOf(IllegalStateException.class).hasMessageContaining("never bound");
    }
}
