/** Low-rank adapters and preferences on a model that exists: LoRA, QLoRA and DPO. */
@org.jspecify.annotations.NullMarked
package dev.dalang.train.tune;
