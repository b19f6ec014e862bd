package dev.dalang.engine.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.dalang.api.DalangException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Real templates with pieces cut, doubled and exchanged: whatever they say now, they print or fail by name. */
class MutatedTemplatesTest {
    private static final String[] PIECES = {
        "{{",
        "}}",
        "{%",
        "%}",
        "{#",
        "#}",
        "-",
        "'",
        "\"",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "|",
        ".",
        ",",
        "\\",
        "if ",
        "for ",
        " in ",
        "not ",
        "is ",
        "else",
        "endif",
        "endfor",
        "loop.",
        "**",
        "~",
        "%",
        "\n",
        "messages",
        "😀",
        "none"
    };

    @Test
    @SuppressWarnings("unchecked")
    void nothingUnnamedEscapes() {
        Map<String, Object> cases =
                (Map<String, Object>) SharedTemplates.json(SharedTemplates.folder("golden", "_cases.json"))
                        .get("cases");
        Map<String, Object> context =
                GoldenTemplatesTest.context((Map<String, Object>) cases.get("tool_result_args_object_gen"));
        Random random = new Random(3252);
        List<Path> files = SharedTemplates.files(".jinja", "templates");
        int printed = 0;
        int failed = 0;
        for (Path file : files) {
            String source = SharedTemplates.text(file);
            for (int i = 0; i < 40; i++) {
                String mutant = mutate(source, random);
                try {
                    Template.parse(mutant).render(context, GoldenTemplatesTest.FROZEN);
                    printed++;
                } catch (DalangException e) {
                    failed++;
                } catch (RuntimeException | Error e) {
                    fail("seed 3252, " + file.getFileName() + ", mutant " + i, e);
                }
            }
        }
        assertThat(printed).isPositive();
        assertThat(failed).isPositive();
    }

    private static String mutate(String source, Random random) {
        StringBuilder mutant = new StringBuilder(source);
        for (int n = 1 + random.nextInt(4); n > 0; n--) {
            int at = random.nextInt(mutant.length());
            int end = Math.min(mutant.length(), at + 1 + random.nextInt(12));
            switch (random.nextInt(3)) {
                case 0 -> mutant.delete(at, end);
                case 1 -> mutant.insert(at, PIECES[random.nextInt(PIECES.length)]);
                default -> mutant.insert(at, mutant.substring(random.nextInt(end), end));
            }
        }
        return mutant.toString();
    }
}
