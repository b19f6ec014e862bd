/** Low-rank adapters (LoRA): reading them, and checking them against their base model. */
package dev.dalang.engine.adapter;
