package dev.dalang.pagetest;

/** What the scripted model says. */
final class Texts {

    static final String ANSWER = """
            ## A short tour

            Light meets **air**, and *blue* is turned aside more than red. Some points:

            1. The sky is blue because of [scattering](https://example.com/rayleigh).
            2. Sunsets are red, as the way is longer:
               - through more air
               - past more dust

            > Shadows are the absence of light.

            ```python
            def is_palindrome(word: str) -> bool:
                # A word that reads the same both ways.
                return word == word[::-1]
            ```

            | colour | wavelength | scattered |
            |:-------|-----------:|:---------:|
            | blue   | 450 nm     | much      |
            | red    | 700 nm     | little    |

            The strength goes with $\\lambda^{-4}$, so that

            $$I \\propto \\frac{1}{\\lambda^4}$$

            It costs $5 or $6, and `code` stays code.
            """;

    static final String HOSTILE = """
            <script>window.hacked = 1</script>

            <img src=x onerror="window.hacked = 2">

            Inline <img src=x onerror=window.hacked=3> and <b onclick="window.hacked=4">bold</b> and <a href="javascript:window.hacked=5">there</a>.

            [click me](javascript:window.hacked=6) [data](data:text/html,<script>window.hacked=7</script>) ![pixel](https://tracker.example/p.png)

            <iframe src="https://example.com"></iframe>

            <style>body { display: none }</style>

            <div style="position:fixed;inset:0">over all</div>

            <form action="https://evil.example"><input name=q><button>Sign in</button></form>

            <svg><script>window.hacked=8</script></svg>

            [ref]

            [ref]: javascript:window.hacked=9

            Text with \u202Eoverride and \u2066isolates that end nowhere.

            ```js
            if (access \u202E\u2066// admin\u2069 \u2066) { grant() }
            ```

            $\\href{javascript:window.hacked=10}{x}$ and $\\htmlData{a=b}{y}$ and $\\def\\a{\\a\\a}\\a$

            """
            + "> ".repeat(400)
            + "deep\n\n"
            + "*".repeat(3000)
            + "\n\n"
            + "[".repeat(3000)
            + "\n\nThe end is reached.\n";

    private Texts() {}

    static String table(int rows) {
        StringBuilder text = new StringBuilder("| n | square | text |\n|--:|--:|---|\n");
        for (int i = 1; i <= rows; i++) {
            text.append("| ")
                    .append(i)
                    .append(" | ")
                    .append((long) i * i)
                    .append(" | row ")
                    .append(i)
                    .append(" |\n");
        }
        return text.append("\nAfter the table.\n").toString();
    }

    /** About this many tokens of four letters: headings, paragraphs, lists, code. */
    static String essay(int tokens) {
        StringBuilder text = new StringBuilder();
        for (int part = 1; text.length() < tokens * 4L; part++) {
            text.append("## Part ").append(part).append("\n\n");
            text.append("The puppeteer sits behind the screen, and **every** voice is his; the lamp hangs above, and "
                    + "what the audience sees is a shadow that `moves` as if it had a will of its own. ".repeat(3));
            text.append("\n\n- first the lamp\n- then the screen\n- then the *story*\n\n");
            if (part % 3 == 0) {
                text.append("```java\n");
                for (int i = 0; i < 12; i++)
                    text.append("int line").append(i).append(" = ").append(i).append(";\n");
                text.append("```\n\n");
            }
        }
        return text.toString();
    }
}
