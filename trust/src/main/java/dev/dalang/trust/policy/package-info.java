/** Rules on what may leave the machine: by key, route, provider and model, one function that decides and says why. */
package dev.dalang.trust.policy;
