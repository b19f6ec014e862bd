package dev.dalang.train.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.Cancellation;
import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.train.loop.TrainingEvent.Ending;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run in several sittings has the bits of a run in one. */
class ResumeTest {

    private static final TrainingSettings SETTINGS = Toy.busySettings(60, 10);

    @TempDir
    Path folder;

    /** The same run until the listener has heard of {@code step}. */
    private Toy.Result until(long step, Class<? extends TrainingEvent> type, boolean resume) {
        Cancellation cancellation = new Cancellation();
        return Toy.run(
                SETTINGS,
                Toy.train(7),
                folder,
                resume,
                event -> {
                    if (type.isInstance(event) && event.step() == step) cancellation.cancel();
                },
                cancellation);
    }

    @Test
    void aRunThatWasToldToStopGoesOnWithTheSameBits() {
        Toy.Result whole = Toy.run(SETTINGS, null, false);
        Toy.Result first = until(17, TrainingEvent.Step.class, false);
        assertThat(first.ended().ending()).isEqualTo(Ending.CANCELLED);
        assertThat(first.ended().checkpoint()).hasFileName("step-00000017");
        // While it validates, at once, and in the middle of it all.
        Toy.Result second = until(20, TrainingEvent.Step.class, true);
        assertThat(second.events(TrainingEvent.Validated.class)).isEmpty();
        Toy.Result third = until(20, TrainingEvent.Started.class, true);
        assertThat(third.ended().checkpoint()).isEqualTo(second.ended().checkpoint());
        Toy.Result fourth = until(40, TrainingEvent.Saved.class, true);
        assertThat(fourth.events(TrainingEvent.Validated.class))
                .extracting(TrainingEvent.Validated::step)
                .containsExactly(20L, 30L, 40L);
        Toy.Result last = Toy.run(SETTINGS, folder, true);
        assertThat(last.ended().ending()).isEqualTo(Ending.FINISHED);
        assertThat(last.weights()).isEqualTo(whole.weights());
        assertThat(last.events(TrainingEvent.Step.class).getLast().tokens())
                .isEqualTo(whole.ended().tokens());
        assertThat(last.ended().validation()).isEqualTo(whole.ended().validation());
        assertThat(last.ended().loss()).isEqualTo(whole.ended().loss());
        // What a checkpoint took is in the sums of those that go on from it.
        assertThat(last.ended().effort().time())
                .isGreaterThan(first.ended().effort().time());
        // Once more from the end is the end.
        Toy.Result again = Toy.run(SETTINGS, folder, true);
        assertThat(again.events(TrainingEvent.Step.class)).isEmpty();
        assertThat(again.weights()).isEqualTo(whole.weights());
    }

    @Test
    void onlyTheLastCheckpointsAreKept() throws IOException {
        Toy.run(SETTINGS, folder, false);
        try (var files = Files.list(folder)) {
            assertThat(files.map(f -> f.getFileName().toString()))
                    .containsExactlyInAnyOrder("step-00000050", "step-00000060", ".lock");
        }
    }

    @Test
    void whatAKilledRunLeftHalfDoneIsClearedAway() throws IOException {
        until(20, TrainingEvent.Saved.class, false);
        Path part = Files.createDirectory(folder.resolve(".step-00000030.part"));
        Files.writeString(part.resolve("weights.safetensors.12345678.part"), "half");
        Path old = Files.createDirectory(folder.resolve(".step-00000010.old"));
        Files.writeString(old.resolve("state.json"), "{}");
        assertThat(Checkpoints.latest(folder)).hasFileName("step-00000020");
        assertThat(Toy.run(SETTINGS, folder, true).weights())
                .isEqualTo(Toy.run(SETTINGS, null, false).weights());
        assertThat(part).doesNotExist();
        assertThat(old).doesNotExist();
    }

    @Test
    void aCheckpointOfAnotherRunIsRefusedByName() {
        until(20, TrainingEvent.Saved.class, false);
        TrainingSettings other = new TrainingSettings(
                SETTINGS.steps(),
                SETTINGS.accumulation(),
                SETTINGS.schedule(),
                SETTINGS.optimizer(),
                2,
                SETTINGS.averaging(),
                // How often one looks changes nothing.
                7,
                0,
                0,
                0,
                3,
                5);
        assertThatThrownBy(() -> Toy.run(other, folder, true))
                .isInstanceOf(DalangException.class)
                .hasMessageContaining("it has clip 1.0, now 2.0. Go on with its settings");
        assertThatThrownBy(() -> Toy.run(SETTINGS, Toy.train(8), folder, true, e -> {}, new Cancellation()))
                .hasMessageContaining("it has data " + Toy.train(7).digest() + ", now");
        assertThat(Toy.run(
                                new TrainingSettings(
                                        60, 2, SETTINGS.schedule(), SETTINGS.optimizer(), 1, 0.9, 7, 0, 0, 0, 3, 5),
                                folder,
                                true)
                        .weights())
                .isEqualTo(Toy.run(SETTINGS, null, false).weights());
    }

    /** What comes out is what a run with that end from its beginning would have made. */
    @Test
    void theEndMayMoveUntilTheRateBeginsToFall() {
        TrainingSettings sooner = ending(45, new Schedule.WarmupStableDecay(0.02, 5, 12, 0.1));
        until(30, TrainingEvent.Saved.class, false);
        Toy.Result moved = Toy.run(sooner, folder, true);
        assertThat(moved.events(TrainingEvent.Step.class)).hasSize(15);
        assertThat(moved.weights()).isEqualTo(Toy.run(sooner, null, false).weights());
        // The rate of the last steps has fallen, which no later end undoes.
        assertThatThrownBy(() -> Toy.run(SETTINGS, folder, true))
                .hasMessageContaining(
                        "it has steps 45, now 60, schedule WarmupStableDecay[peak=0.02, warmup=5, decay=12");
    }

    @Test
    void anEndThatWouldHaveChangedThePastIsRefused() {
        until(50, TrainingEvent.Saved.class, false);
        TrainingSettings later = ending(80, SETTINGS.schedule());
        assertThatThrownBy(() -> Toy.run(later, folder, true)).hasMessageContaining("it has steps 60, now 80.");
        TrainingSettings cosine = ending(60, new Schedule.Cosine(0.02, 5, 0.1));
        assertThatThrownBy(() -> Toy.run(cosine, folder, true)).hasMessageContaining("now Cosine[");
    }

    private static TrainingSettings ending(long steps, Schedule schedule) {
        return new TrainingSettings(
                steps,
                SETTINGS.accumulation(),
                schedule,
                SETTINGS.optimizer(),
                SETTINGS.clip(),
                SETTINGS.averaging(),
                10,
                0,
                0,
                10,
                10,
                2);
    }

    @Test
    void aDamagedCheckpointIsRefused() throws IOException {
        until(20, TrainingEvent.Saved.class, false);
        Path weights = folder.resolve("step-00000020/weights.safetensors");
        byte[] sound = Files.readAllBytes(weights);
        Files.write(weights, java.util.Arrays.copyOf(sound, sound.length - 1));
        assertThatThrownBy(() -> Toy.run(SETTINGS, folder, true))
                .isInstanceOfSatisfying(
                        DalangException.class, e -> assertThat(e.failure()).isInstanceOf(Failure.BadModelFile.class));
        Files.write(weights, sound);
        Path state = folder.resolve("step-00000020/state.json");
        for (String text :
                List.of("", "{}", "[]", "{\"step\":-1}", "{\"step\":[]}", "{\"identity\":3}", "{\"losses\":{}}")) {
            Files.writeString(state, text);
            assertThatThrownBy(() -> Toy.run(SETTINGS, folder, true)).as(text).isInstanceOf(DalangException.class);
        }
    }

    @Test
    void statesGiveBackWhatWasWritten() {
        RunState state = new RunState(
                3,
                6,
                12_345_678_901L,
                1.25,
                2,
                0.1 + 0.2,
                3,
                1,
                List.of(3.3, 1e-9),
                4,
                new Effort(
                        java.time.Duration.ofNanos(1_234_567_891L),
                        java.time.Duration.ofMillis(5),
                        OptionalDouble.of(17.5)));
        Map<String, String> identity = Map.of("a \"b\"", "c\n");
        assertThat(RunState.parse(state.toJson(identity), "x")).isEqualTo(new RunState.Identified(state, identity));
        assertThat(RunState.parse(RunState.BEGINNING.toJson(Map.of()), "x").state())
                .isEqualTo(RunState.BEGINNING);
    }

    @Test
    void aFailedCheckpointIsToldAndTriedAgain() throws IOException {
        // A file where the folder of the second checkpoint is to be made.
        Path obstacle = folder.resolve(".step-00000020.part");
        Toy.Result r = Toy.run(
                SETTINGS,
                Toy.train(7),
                folder,
                false,
                event -> {
                    try {
                        if (event instanceof TrainingEvent.Step s && s.step() == 20) Files.writeString(obstacle, "x");
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                },
                new Cancellation());
        TrainingEvent.NotSaved failed = r.events(TrainingEvent.NotSaved.class).getFirst();
        assertThat(failed.step()).isEqualTo(20);
        assertThat(failed.last()).hasFileName("step-00000010");
        assertThat(failed.problem()).contains("step-00000020: cannot be written");
        assertThat(r.events(TrainingEvent.Saved.class))
                .extracting(TrainingEvent.Saved::step)
                .containsExactly(10L, 30L, 40L, 50L, 60L);
    }

    @Test
    void twoRunsDoNotShareAFolder() {
        Toy.run(
                SETTINGS,
                Toy.train(7),
                folder,
                false,
                event -> {
                    if (!(event instanceof TrainingEvent.Saved s && s.step() == 30)) return;
                    assertThatThrownBy(() -> Toy.run(SETTINGS, folder, true))
                            .hasMessageContaining("another run writes its checkpoints there");
                },
                new Cancellation());
        assertThatThrownBy(() -> Checkpoints.open(folder, Long.MAX_VALUE))
                .isInstanceOfSatisfying(
                        DalangException.class, e -> assertThat(e.failure()).isInstanceOf(Failure.DoesNotFit.class));
    }
}
