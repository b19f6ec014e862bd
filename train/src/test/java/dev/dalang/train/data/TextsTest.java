package dev.dalang.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.DalangException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Texts fall into documents, documents into files, and files into those to learn and those to measure by. */
class TextsTest {

    @TempDir
    Path folder;

    @Test
    void textsAreCut() {
        String text = "One.\nStill one.\n\n \t\nTwo.\r\n\r\nThree is longer.\n\n\n";
        assertThat(new TextCut.Whole().cut(text)).containsExactly(text.strip());
        assertThat(new TextCut.Lines().cut("a\n\n b \r\nc")).containsExactly("a", "b", "c");
        assertThat(new TextCut.Separator("##").cut("a##b####c")).containsExactly("a", "b", "c");
        assertThat(new TextCut.Paragraphs(1).cut(text)).containsExactly("One.\nStill one.", "Two.", "Three is longer.");
        assertThat(new TextCut.Paragraphs(21).cut(text))
                .containsExactly("One.\nStill one.\n\nTwo.", "Three is longer.");
        assertThat(new TextCut.Paragraphs(1000).cut(text)).hasSize(1);
        assertThat(new TextCut.Paragraphs(10).cut(" \n\n ")).isEmpty();
    }

    @Property
    void cuttingLosesOnlyWhiteSpace(@ForAll String text, @ForAll @IntRange(min = 1, max = 50) int characters) {
        for (TextCut cut : List.of(new TextCut.Whole(), new TextCut.Lines(), new TextCut.Paragraphs(characters))) {
            assertThat(bare(String.join("", cut.cut(text)))).isEqualTo(bare(text));
        }
    }

    private static String bare(String text) {
        return text.codePoints()
                .filter(c -> !Character.isWhitespace(c) && c != 0x85)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    @Test
    void aDocumentStaysOnItsSide() {
        List<Document> documents = new ArrayList<>();
        for (int i = 0; i < 2000; i++) documents.add(Document.of(i, i + 1, 3 * i));
        Split split = Split.of(Documents.of(documents), 0.1);
        assertThat(split.validation().count()).isBetween(150, 250);
        assertThat(split.train().count() + split.validation().count()).isEqualTo(2000);
        Document held = split.validation().get(0);
        Split other = Split.of(Documents.of(List.of(documents.getFirst(), held, held)), 0.1);
        assertThat(other.validation().count()).isGreaterThanOrEqualTo(2);
        assertThat(Split.of(Documents.of(documents), 0).validation().count()).isZero();
        assertThat(Split.of(Documents.of(documents), 1).train().count()).isZero();
        long texts = documents.stream()
                .filter(d -> Split.isHeldOut(d.tokens()[0] + "x", 0.5))
                .count();
        assertThat(texts).isBetween(900L, 1100L);
    }

    private static Documents documents(int vocabulary, boolean masked) {
        Random random = new Random(5);
        List<Document> all = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            int[] tokens = random.ints(random.nextInt(20), 0, vocabulary).toArray();
            BitSet asked = new BitSet();
            for (int k = 0; k < tokens.length; k++) if (!masked || random.nextBoolean()) asked.set(k);
            all.add(new Document(tokens, asked));
        }
        return Documents.of(all);
    }

    @Test
    void filesGiveBackWhatWasWritten() {
        for (int vocabulary : new int[] {256, 1 << 16, 200_000}) {
            for (boolean masked : new boolean[] {false, true}) {
                Documents documents = documents(vocabulary, masked);
                Path file = folder.resolve(vocabulary + "-" + masked + ".safetensors");
                TokenFile.write(file, documents, vocabulary);
                try (TokenFile read = TokenFile.open(file)) {
                    assertThat(read.vocabulary()).isEqualTo(vocabulary);
                    assertThat(read.tokens()).isEqualTo(documents.tokens());
                    assertThat(read.count()).isEqualTo(documents.count());
                    for (int i = 0; i < read.count(); i++)
                        assertThat(read.get(i)).isEqualTo(documents.get(i));
                }
            }
        }
        assertThatThrownBy(() -> TokenFile.write(folder.resolve("x"), Documents.of(List.of(Document.of(9))), 9))
                .isInstanceOf(DalangException.class)
                .hasMessageContaining("document 0 has the id 9");
    }

    @Test
    void damagedFilesAreRefused() throws IOException {
        Path file = folder.resolve("tokens.safetensors");
        TokenFile.write(file, documents(300, true), 300);
        byte[] sound = Files.readAllBytes(file);
        Random random = new Random(1);
        Path damaged = folder.resolve("damaged.safetensors");
        int refused = 0;
        for (int i = 0; i < 2000; i++) {
            byte[] bytes = sound.clone();
            for (int k = 0; k < 3; k++) bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            Files.write(damaged, bytes);
            try (TokenFile read = TokenFile.open(damaged)) {
                for (int d = 0; d < read.count(); d++) {
                    for (int id : read.get(d).tokens()) assertThat(id).isBetween(0, read.vocabulary() - 1);
                }
            } catch (DalangException e) {
                refused++;
                assertThat(e.failure().message()).doesNotContain("\n");
            }
        }
        assertThat(refused).isPositive();
    }
}
