/** The well-known chat models: which exist, downloadable or hosted only, as a dated and signed file. */
@org.jspecify.annotations.NullMarked
package dev.dalang.hub.catalogue;
