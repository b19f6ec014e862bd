/** Low-rank adapters (LoRA): reading them, checking them against their base model, and writing them. */
package dev.dalang.engine.adapter;
