package dev.dalang.engine.testing;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** The golden models, vocabularies and hostile files, which are not part of the project. */
public final class Shared {

    private Shared() {}

    /** The file or folder at this path of the shared data; where it is absent the calling test is skipped. */
    public static Path require(String relative) {
        String root = System.getProperty("dalang.shared");
        Assumptions.assumeTrue(root != null, "the system property dalang.shared is not set");
        Path path = Path.of(root, relative);
        Assumptions.assumeTrue(Files.exists(path), () -> "no shared test data at " + path);
        return path;
    }
}
