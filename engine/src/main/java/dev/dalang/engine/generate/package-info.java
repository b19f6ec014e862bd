/** From a prompt to an answer: the model runner, and the local model behind the doorway. */
package dev.dalang.engine.generate;
