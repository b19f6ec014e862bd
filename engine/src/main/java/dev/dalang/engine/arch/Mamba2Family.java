package dev.dalang.engine.arch;

/** Mamba-2 (Dao and Gu 2024, arXiv:2405.21060; Codestral Mamba): nothing but {@link Mamba2} layers. */
final class Mamba2Family implements Family {

    @Override
    public Decoder assemble(Hyper h, Weights w) {
        return Parts.decoder(
                        h,
                        w,
                        Parts.outputNorm(h, w),
                        layer -> new SingleBlock(layer.rmsNorm("attn_norm"), Mamba2.read(layer)))
                .build();
    }
}
