package dev.dalang.house;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import dev.dalang.api.DalangException;
import dev.dalang.bench.Roofline;
import dev.dalang.cli.Dalang;
import dev.dalang.engine.format.Metadata;
import dev.dalang.gateway.provider.Providers;
import dev.dalang.hub.store.Digest;
import dev.dalang.ledger.Ledger;
import dev.dalang.net.Http;
import dev.dalang.server.ServedModels;
import dev.dalang.train.graph.Network;
import dev.dalang.trust.policy.Decision;
import java.net.URL;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The arrows of ARCHITECTURE.md, kept by a test; and proof, on classes made to break them, that the test sees. */
class ArchitectureTest {

    private static final String FIXTURE = "dev.dalang.house.fixture";
    private static final Path FIXTURE_CLASSES = Path.of("target/test-classes", FIXTURE.replace('.', '/'));

    @Test
    void everyClassKeepsToTheTable() {
        JavaClasses house = house();
        assertThat(new Arrows("dev.dalang", Arrows.HOUSE).violations(house)).isEmpty();
    }

    @Test
    void everyRowOfTheTableHasClasses() {
        JavaClasses house = house();
        for (Arrows.Room room : Arrows.HOUSE) {
            assertThat(house.stream().anyMatch(c -> c.getName().startsWith("dev.dalang." + room.name() + ".")))
                    .as(room.name())
                    .isTrue();
        }
    }

    @Test
    void roomsLeanOnlyOnRoomsAboveThem() {
        Set<String> above = new HashSet<>();
        for (Arrows.Room room : Arrows.HOUSE) {
            assertThat(above).as("rooms above " + room.name()).containsAll(room.rooms());
            above.add(room.name());
        }
    }

    @Test
    void everyKindOfViolationIsSeen() {
        List<String> found =
                new Arrows(FIXTURE, Arrows.HOUSE).violations(new ClassFileImporter().importPath(FIXTURE_CLASSES));
        assertThat(found)
                .containsExactlyInAnyOrder(
                        "engine.format may not lean on " + FIXTURE + ".engine.kernel.Kernel: " + FIXTURE
                                + ".engine.format.LeansOnKernel",
                        "engine.kernel may not lean on " + FIXTURE + ".cli.Verb: " + FIXTURE
                                + ".engine.kernel.LeansOnCommand",
                        "engine.kernel may not lean on java.util.logging.Logger: " + FIXTURE + ".engine.kernel.Logs",
                        "engine.kernel may not lean on picocli.CommandLine: " + FIXTURE
                                + ".engine.kernel.LeansOnLibrary",
                        FIXTURE + ".engine.kernel.Prints uses System.err",
                        FIXTURE + ".engine.kernel.Prints uses System.out",
                        FIXTURE + ".engine.kernel.Prints calls exit",
                        FIXTURE + ".engine.kernel.Prints calls printStackTrace",
                        FIXTURE + ".attic.Roomless lies in no room of the table");
    }

    /** Its module exports nothing. */
    private static Class<?> mini() {
        try {
            return Class.forName("dev.dalang.mini.MiniCorpus");
        } catch (ClassNotFoundException e) {
            throw new AssertionError(e);
        }
    }

    private static JavaClasses house() {
        List<URL> places = Stream.of(
                        DalangException.class,
                        Metadata.class,
                        Http.class,
                        Ledger.class,
                        Digest.class,
                        Providers.class,
                        Decision.class,
                        ServedModels.class,
                        Network.class,
                        mini(),
                        Roofline.class,
                        Dalang.class)
                .map(c -> c.getProtectionDomain().getCodeSource().getLocation())
                .toList();
        JavaClasses all = new ClassFileImporter().importUrls(places);
        assertThat(all).hasSizeGreaterThan(100);
        return all;
    }
}
