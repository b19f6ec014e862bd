/** The web page: its files, and what they ask the server for under {@code /dalang/}. */
@org.jspecify.annotations.NullMarked
package dev.dalang.server.web;
