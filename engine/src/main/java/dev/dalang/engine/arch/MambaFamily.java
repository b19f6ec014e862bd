package dev.dalang.engine.arch;

/**
 * Mamba (Gu and Dao 2023, arXiv:2312.00752): nothing but {@link Mamba} layers. Falcon Mamba (arXiv:2410.05355) norms the
 * time step and both vectors as well, without weights ({@code ssm.dt_b_c_rms}).
 */
final class MambaFamily implements Family {

    @Override
    public Decoder assemble(Hyper h, Weights w) {
        boolean normed = h.metadata().bool(h.key("ssm.dt_b_c_rms"), false);
        return Parts.decoder(
                        h,
                        w,
                        Parts.outputNorm(h, w),
                        layer -> new SingleBlock(layer.rmsNorm("attn_norm"), Mamba.read(layer, normed)))
                .build();
    }
}
