package dev.dalang.train.loop;

/** Hears what happens in a run, in order, on the thread that trains; the training waits for it. */
@FunctionalInterface
public interface TrainingListener {

    void on(TrainingEvent event);
}
