package dev.dalang.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class TextTest {

    @Test
    void bytes() {
        assertThat(Text.bytes(0)).isEqualTo("0 B");
        assertThat(Text.bytes(999)).isEqualTo("999 B");
        assertThat(Text.bytes(1_000)).isEqualTo("1.0 KB");
        assertThat(Text.bytes(4_683_073_952L)).isEqualTo("4.7 GB");
        assertThat(Text.bytes(999_999_999)).isEqualTo("1.0 GB");
        assertThat(Text.bytes(Long.MAX_VALUE)).isEqualTo("9.2 EB");
    }

    @Test
    void counts() {
        assertThat(Text.count(999)).isEqualTo("999");
        assertThat(Text.count(135_000_000)).isEqualTo("135 M");
        assertThat(Text.count(7_248_023_552L)).isEqualTo("7.2 B");
    }

    @Test
    void durations() {
        assertThat(Text.duration(Duration.ofNanos(45_000))).isEqualTo("45µs");
        assertThat(Text.duration(Duration.ofMillis(12))).isEqualTo("12.0ms");
        assertThat(Text.duration(Duration.ofMillis(3_210))).isEqualTo("3.21s");
        assertThat(Text.duration(Duration.ofMillis(62_500))).isEqualTo("1m2.5s");
    }

    @Test
    void tablesLineUp() {
        assertThat(Text.table(List.of(List.of("A", "B"), List.of("long", "x")))).isEqualTo("A      B\nlong   x\n");
    }

    @Test
    void tablesKeepToAWidth() {
        List<List<String>> rows = List.of(List.of("NAME", "SIZE", "SAYS"), List.of("one", "1 GB", "a few words more"));
        assertThat(Text.table(rows, 80, 1)).isEqualTo(Text.table(rows));
        assertThat(Text.table(rows, 25, 1)).isEqualTo("NAME   SAYS\none    a few words more\n");
        List<List<String>> facts = List.of(List.of("it", "says more words than one line has room for"));
        assertThat(Text.table(facts, 27)).isEqualTo("it   says more words than\n     one line has room for\n");
    }

    @Test
    void linesBecomeOne() {
        assertThat(Text.oneLine(" a\r\n  b\u001b[0m\n")).isEqualTo("a b\uFFFD[0m");
        assertThat(Text.oneLine(null)).isEmpty();
    }

    @Test
    void wordsAreWrapped() {
        assertThat(Text.wrap("one two  three", 7)).isEqualTo("one two\nthree");
        assertThat(Text.wrap("extraordinary word", 5)).isEqualTo("extraordinary\nword");
        assertThat(Text.wrap("", 5)).isEmpty();
    }
}
