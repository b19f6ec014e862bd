package dev.dalang.train.graph;

import dev.dalang.engine.kernel.Activation;
import dev.dalang.engine.kernel.Floats;
import org.jspecify.annotations.Nullable;

/** {@code down(f(gate(x))·up(x))}, with gate and up in two matrices or in one, or {@code down(f(up(x)))}. */
record FeedForwardNode(Activation activation, @Nullable LinearNode gate, LinearNode up, LinearNode down)
        implements SublayerNode {

    @Override
    public Backward forward(Pass pass, Floats in, Floats out) {
        if (gate != null) return gated(pass, in, gate, out);
        return up.outputs() == 2 * down.inputs() ? gatedInOne(pass, in, out) : plain(pass, in, out);
    }

    private Backward gated(Pass pass, Floats in, LinearNode gate, Floats out) {
        int n = pass.tokens();
        int hidden = down.inputs();
        Floats g = pass.saved(hidden);
        Floats u = pass.saved(hidden);
        Floats h = pass.saved(hidden);
        gate.forward(pass, in, n, g);
        up.forward(pass, in, n, u);
        pass.forRows(n, (from, to, part) -> {
            for (int at = from * hidden; at < to * hidden; at += hidden) {
                h.copy(at, g, at, hidden);
                pass.kernels().gate(activation, h, at, u, at, hidden);
            }
        });
        down.forward(pass, h, n, out);
        return (dOut, dIn, add) -> {
            var mark = pass.mark();
            Floats dh = pass.temporaryRows(hidden);
            down.backward(pass, h, n, dOut, dh, false);
            pass.forRows(n, (from, to, part) -> {
                int at = from * hidden;
                pass.gradients().gateBackward(activation, g, at, u, at, dh, at, g, at, u, at, (to - from) * hidden);
            });
            gate.backward(pass, in, n, g, dIn, add);
            up.backward(pass, in, n, u, dIn, true);
            pass.release(mark);
        };
    }

    /** Each row of {@code up} is {@code [gate | up]}. */
    private Backward gatedInOne(Pass pass, Floats in, Floats out) {
        int n = pass.tokens();
        int hidden = down.inputs();
        Floats both = pass.saved(2 * hidden);
        Floats h = pass.saved(hidden);
        up.forward(pass, in, n, both);
        pass.forRows(n, (from, to, part) -> {
            for (int t = from; t < to; t++) {
                h.copy(t * hidden, both, 2 * t * hidden, hidden);
                pass.kernels().gate(activation, h, t * hidden, both, (2 * t + 1) * hidden, hidden);
            }
        });
        down.forward(pass, h, n, out);
        return (dOut, dIn, add) -> {
            var mark = pass.mark();
            Floats dh = pass.temporaryRows(hidden);
            down.backward(pass, h, n, dOut, dh, false);
            pass.forRows(n, (from, to, part) -> {
                for (int t = from; t < to; t++) {
                    int g = 2 * t * hidden;
                    int u = g + hidden;
                    pass.gradients()
                            .gateBackward(activation, both, g, both, u, dh, t * hidden, both, g, both, u, hidden);
                }
            });
            up.backward(pass, in, n, both, dIn, add);
            pass.release(mark);
        };
    }

    private Backward plain(Pass pass, Floats in, Floats out) {
        int n = pass.tokens();
        int hidden = down.inputs();
        Floats u = pass.saved(hidden);
        Floats h = pass.saved(hidden);
        up.forward(pass, in, n, u);
        pass.forRows(n, (from, to, part) -> {
            int at = from * hidden;
            h.copy(at, u, at, (to - from) * hidden);
            pass.kernels().activate(activation, h, at, (to - from) * hidden);
        });
        down.forward(pass, h, n, out);
        return (dOut, dIn, add) -> {
            var mark = pass.mark();
            Floats dh = pass.temporaryRows(hidden);
            down.backward(pass, h, n, dOut, dh, false);
            pass.forRows(n, (from, to, part) -> {
                int at = from * hidden;
                pass.gradients().activateBackward(activation, u, at, dh, at, dh, at, (to - from) * hidden);
            });
            up.backward(pass, in, n, dh, dIn, add);
            pass.release(mark);
        };
    }

    @Override
    public long saved() {
        long hidden = down.inputs();
        return gate == null && up.outputs() == hidden ? 2 * hidden : 3 * hidden;
    }

    @Override
    public long temporary() {
        long linear = Math.max(up.temporary(), down.temporary());
        return down.inputs() + (gate == null ? linear : Math.max(linear, gate.temporary()));
    }
}
