package dev.dalang.engine.format;

import java.lang.foreign.MemorySegment;
import java.util.Map;

/**
 * A model's weights and description, in the words of GGUF whatever the layout on disk: keys such as
 * {@code llama.block_count}, tensors such as {@code blk.0.attn_q.weight}. Model families read only this.
 */
public interface ModelSource extends AutoCloseable {

    /** What the file is called in messages. */
    String name();

    Metadata metadata();

    /** All tensors by name, in the file's order. */
    Map<String, TensorInfo> tensors();

    /**
     * The bytes of a tensor of {@link #tensors}: native memory, exactly as long as the tensor, valid until this is
     * closed.
     */
    MemorySegment data(TensorInfo tensor);

    /** Unmaps the weights; nothing may use them afterwards. */
    @Override
    void close();
}
