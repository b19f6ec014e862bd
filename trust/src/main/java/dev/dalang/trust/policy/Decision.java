package dev.dalang.trust.policy;

import dev.dalang.trust.redact.Action;
import dev.dalang.trust.redact.RedactionSettings;
import java.util.List;

/**
 * What the rules say of a request before anybody looks into it.
 *
 * @param whole {@link Action#BLOCK}: refused; {@link Action#LOCAL_ONLY}: only a model on this machine may answer; anything
 *     else: it may go, under {@code settings}
 * @param settings what is done about what the request holds
 * @param why one line for each choice: what was chosen, and by which rule
 */
public record Decision(Action whole, RedactionSettings settings, List<String> why) {
    public Decision {
        why = List.copyOf(why);
    }
}
