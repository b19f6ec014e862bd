/**
 * What a run was like, for people: its log, curves in a terminal, and a page that needs nothing but a browser.
 */
@org.jspecify.annotations.NullMarked
package dev.dalang.train.report;
