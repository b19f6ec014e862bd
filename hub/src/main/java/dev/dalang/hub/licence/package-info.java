/** May I have it: what licences say, who agreed to them, what a rule forbids, and the bill of materials. */
@org.jspecify.annotations.NullMarked
package dev.dalang.hub.licence;
