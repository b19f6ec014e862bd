package dev.dalang.engine.kernel;

/** Who does the work of a product: a whole team, or the one worker who calls. */
sealed interface Workers {

    int threads();

    /** Working memory of a worker. */
    Scratch scratch(int worker);

    /** Runs {@code task} for {@code 0 .. count-1}, in any order. */
    void forEach(int count, Team.Task task);

    record All(Compute compute) implements Workers {
        @Override
        public int threads() {
            return compute.threads();
        }

        @Override
        public Scratch scratch(int worker) {
            return compute.scratch(worker);
        }

        @Override
        public void forEach(int count, Team.Task task) {
            compute.forEach(count, task);
        }
    }

    record One(Scratch scratch) implements Workers {
        @Override
        public int threads() {
            return 1;
        }

        @Override
        public Scratch scratch(int worker) {
            return scratch;
        }

        @Override
        public void forEach(int count, Team.Task task) {
            for (int i = 0; i < count; i++) task.run(i, 0);
        }
    }
}
