package dev.dalang.engine.assembler;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;

/** What objdump (GNU binutils) reads in machine code. */
final class Disassembler {

    private static final Pattern LINE = Pattern.compile("\\s*([0-9a-f]+):\\t[0-9a-f ]+\\t(.*)");

    private Disassembler() {}

    /** Instructions in Intel syntax by their offset. Without objdump the calling test is skipped. */
    static Map<Integer, String> read(byte[] code) throws IOException, InterruptedException {
        Path file = Files.createTempFile("dalang-code", ".bin");
        Path listing = Files.createTempFile("dalang-code", ".txt");
        try {
            Files.write(file, code);
            Process objdump;
            try {
                objdump = new ProcessBuilder(
                                "objdump",
                                "-D",
                                "-b",
                                "binary",
                                "-mi386:x86-64",
                                "-M",
                                "intel",
                                "--insn-width=16",
                                file.toString())
                        .redirectErrorStream(true)
                        .redirectOutput(listing.toFile())
                        .start();
            } catch (IOException e) {
                Assumptions.abort("objdump is not installed (package binutils): " + e.getMessage());
                throw e;
            }
            int status = objdump.waitFor();
            String text = Files.readString(listing, StandardCharsets.UTF_8);
            if (status != 0) throw new IOException("objdump failed: " + text);
            return parse(text);
        } finally {
            Files.delete(file);
            Files.delete(listing);
        }
    }

    private static Map<Integer, String> parse(String text) {
        Map<Integer, String> instructions = new TreeMap<>();
        for (String line : text.split("\n")) {
            Matcher m = LINE.matcher(line);
            if (m.matches()) instructions.put(Integer.parseInt(m.group(1), 16), normal(m.group(2)));
        }
        return instructions;
    }

    /** One space after the mnemonic, no resolved addresses, no displacement of zero, no remark on what is not the only encoding. */
    private static String normal(String instruction) {
        return instruction
                .replaceFirst("#.*", "")
                .replace("{evex} ", "")
                .strip()
                .replaceAll("\\s+", " ")
                .replace("+0x0]", "]");
    }
}
