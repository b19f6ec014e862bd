/** What a model of the store brings along besides weights: a system message, sampling, a template, adapters. */
@org.jspecify.annotations.NullMarked
package dev.dalang.server.preset;
