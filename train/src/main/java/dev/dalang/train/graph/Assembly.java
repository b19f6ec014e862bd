package dev.dalang.train.graph;

import dev.dalang.api.DalangException;
import dev.dalang.engine.arch.Attention;
import dev.dalang.engine.arch.Block;
import dev.dalang.engine.arch.Decoder;
import dev.dalang.engine.arch.FeedForward;
import dev.dalang.engine.arch.Linear;
import dev.dalang.engine.arch.Norm;
import dev.dalang.engine.arch.PositionEmbeddings;
import dev.dalang.engine.arch.Sublayer;
import dev.dalang.engine.kernel.Matrix;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Puts the differentiable twin of a decoder together, part by part; refuses parts whose derivative nobody wrote. */
final class Assembly {

    private final Decoder decoder;
    private final Tensors tensors;
    private final Trained trained;
    private int linears;

    Assembly(Decoder decoder, Tensors tensors, Trained trained) {
        this.decoder = decoder;
        this.tensors = tensors;
        this.trained = trained;
    }

    EmbeddingNode embedding() {
        if (decoder.bidirectional()) throw refused("attention to later tokens");
        Matrix positions = null;
        for (Decoder.Input input : decoder.inputs()) {
            if (!(input instanceof PositionEmbeddings p) || positions != null) throw refused(nameOf(input));
            positions = p.table();
        }
        return new EmbeddingNode(decoder.tokens(), decoder.embeddingScale(), positions, tensors);
    }

    List<BlockNode> blocks() {
        List<BlockNode> all = new ArrayList<>();
        for (Block b : decoder.blocks()) all.add(block(b));
        return all;
    }

    HeadNode head() {
        Linear output = decoder.output();
        if (output == null) throw refused("an output of embeddings");
        return new HeadNode(
                decoder.embedding(),
                norm(decoder.outputNorm()),
                linear(output),
                decoder.logitScale(),
                decoder.logitSoftcap());
    }

    private BlockNode block(Block block) {
        return switch (block) {
            case Block.Residual r -> {
                BlockNode.Branch mixer = new BlockNode.Branch(
                        decoder.embedding(),
                        norm(r.mixerNorm()),
                        attention(r.mixer()),
                        norm(r.mixerPostNorm()),
                        r.scale());
                yield new BlockNode.Residual(
                        mixer,
                        new BlockNode.Branch(
                                decoder.embedding(),
                                norm(r.feedForwardNorm()),
                                feedForward(r.feedForward()),
                                norm(r.feedForwardPostNorm()),
                                r.scale()));
            }
            case Block.Parallel p ->
                new BlockNode.Parallel(
                        decoder.embedding(),
                        new NormNode(p.mixerNorm(), tensors),
                        attention(p.mixer()),
                        norm(p.feedForwardNorm()),
                        feedForward(p.feedForward()),
                        p.scale());
            default -> throw refused(nameOf(block));
        };
    }

    private AttentionNode attention(Sublayer mixer) {
        if (!(mixer instanceof Attention a)) throw refused(nameOf(mixer));
        if (a.gate() != null) throw refused("gates on attention");
        if (a.valueNorm() != null) throw refused("norms of values");
        if (a.clamp() != 0 && (a.normAfterRotation() || a.temperature() != null)) {
            throw refused("cut-off projections with later norms or temperatures");
        }
        AttentionNode.Projection projection = switch (a.projection()) {
            // What learns may lie side by side, so that the input is gone through once.
            case Attention.Projection.Separate s
            when trained instanceof Trained.All ->
                new AttentionNode.Projection.Joint(new LinearNode(List.of(s.query(), s.key(), s.value()), tensors));
            case Attention.Projection.Separate s ->
                new AttentionNode.Projection.Separate(linear(s.query()), linear(s.key()), linear(s.value()));
            case Attention.Projection.Fused f -> new AttentionNode.Projection.Joint(linear(f.all()));
            case Attention.Projection.GatedQuery g -> throw refused("attention with " + nameOf(g));
            case Attention.Projection.ValueIsKey v -> throw refused("attention with " + nameOf(v));
            case Attention.Projection.QueryOnly q -> throw refused("attention with " + nameOf(q));
        };
        return new AttentionNode(
                a, projection, norm(a.queryNorm()), norm(a.keyNorm()), tensors.vector(a.sinks()), linear(a.output()));
    }

    private FeedForwardNode feedForward(Sublayer sublayer) {
        if (!(sublayer instanceof FeedForward f)) throw refused(nameOf(sublayer));
        Linear gate = f.gate();
        if (gate != null && trained instanceof Trained.All) {
            LinearNode both = new LinearNode(List.of(gate, f.up()), tensors);
            return new FeedForwardNode(f.activation(), null, both, linear(f.down()));
        }
        return new FeedForwardNode(
                f.activation(), gate == null ? null : linear(gate), linear(f.up()), linear(f.down()));
    }

    private @Nullable NormNode norm(@Nullable Norm norm) {
        return norm == null ? null : new NormNode(norm, tensors);
    }

    private LinearNode linear(Linear linear) {
        return new LinearNode(linear, tensors, trained, linears++);
    }

    private static String nameOf(Object part) {
        return part.getClass().getSimpleName();
    }

    private DalangException refused(String part) {
        return DalangException.unsupported(
                "models of architecture '" + decoder.architecture() + "' cannot be trained here: " + part
                        + " has no derivative; plain attention with a feed-forward network can",
                "architecture=" + decoder.architecture());
    }
}
