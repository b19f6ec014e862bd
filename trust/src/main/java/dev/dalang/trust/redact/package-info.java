/**
 * Personal data and secrets found in requests, replaced by placeholders before a request leaves, and put back into the answer.
 * Detectors look at texts and know nothing of requests; {@link dev.dalang.trust.redact.RequestTexts} knows where in a request
 * texts are and nothing of what is done to them; {@link dev.dalang.trust.redact.RedactingModel} puts the two together.
 */
package dev.dalang.trust.redact;
