package dev.dalang.hub.licence;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A licence in plain words. Our summary, not the licence: the text alone binds.
 *
 * @param id how Dalang calls it
 * @param spdx its SPDX identifier, or {@code LicenseRef-…} where SPDX lists none
 * @param osi approved by the Open Source Initiative
 * @param consent it binds by agreement, so that whoever downloads must accept it
 * @param summary in one or two sentences
 * @param userLimit who is excluded by size, or {@code none}
 * @param attribution what must be said or kept
 * @param derivatives what holds for fine-tunes, merges and quantisations
 * @param acceptableUse limits on what it is used for
 * @param derivativePrefix with which the name of a derivative must begin, or null
 * @param aliases how files and repositories spell it
 * @param source where the summary can be checked
 * @param verified whether it was read there for this list
 */
public record Licence(
        String id,
        String spdx,
        String name,
        String url,
        boolean weights,
        boolean osi,
        boolean consent,
        Commercial commercial,
        String summary,
        String userLimit,
        String attribution,
        String derivatives,
        String acceptableUse,
        @Nullable String derivativePrefix,
        List<String> aliases,
        String source,
        boolean verified) {

    public Licence {
        aliases = List.copyOf(aliases);
    }

    public enum Commercial {
        YES,
        /** Allowed to some, or under conditions. */
        CONDITIONS,
        NO,
        UNKNOWN;

        public String words() {
            return switch (this) {
                case YES -> "allowed";
                case CONDITIONS -> "allowed under conditions";
                case NO -> "not allowed";
                case UNKNOWN -> "unknown";
            };
        }
    }

    public boolean hasUserLimit() {
        return !userLimit.equals("none");
    }
}
