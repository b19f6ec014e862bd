package dev.dalang.hub.licence;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.ledger.Acceptance;
import dev.dalang.ledger.Acceptances;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Clock;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Nothing is downloaded whose licence breaks a rule, or asks for a consent that was not given. A consent is asked for once
 * per text and user, and recorded in the ledger.
 */
public final class LicenceGate {

    /**
     * Something to be had.
     *
     * @param model its name, for messages and the ledger
     * @param licences all that hold for it: its own and those of what it was made from
     * @param text the licence's full text where the publisher keeps one with the model; else null, and our summary with
     *     the address of the text stands for it
     * @param digest {@code sha256:…} of the weights when known
     */
    public record Subject(
            String model,
            List<Licence> licences,
            @Nullable String text,
            @Nullable String digest) {
        public Subject {
            licences = List.copyOf(licences);
        }
    }

    /** Asks a person. */
    @FunctionalInterface
    public interface Consent {
        /** Nobody is there to ask. */
        Consent NOBODY = (subject, licence, text) -> false;

        /** Shows the licence and returns whether the person agrees. */
        boolean given(Subject subject, Licence licence, String text);
    }

    private final Acceptances ledger;
    private final LicencePolicy policy;
    private final Clock clock;

    public LicenceGate(Acceptances ledger, LicencePolicy policy, Clock clock) {
        this.ledger = ledger;
        this.policy = policy;
        this.clock = clock;
    }

    /**
     * Lets a model through or throws.
     *
     * @param user whose consent counts
     * @param accepted identities of licences accepted by a flag, in any case
     * @throws DalangException (model unavailable) when a rule forbids it, or the consent is missing
     */
    public void pass(Subject subject, String user, Set<String> accepted, Consent consent) {
        for (Licence l : subject.licences()) {
            Optional<String> objection = policy.objection(l);
            if (objection.isPresent()) {
                throw unavailable(subject, subject.model() + " is refused: " + objection.get());
            }
        }
        for (Licence l : subject.licences()) if (l.consent()) consent(subject, l, user, accepted, consent);
    }

    private void consent(Subject subject, Licence licence, String user, Set<String> accepted, Consent consent) {
        String text = text(subject, licence);
        String digest = digest(text);
        if (ledger.find(user, digest).isPresent()) return;
        String how;
        if (accepted.stream().anyMatch(a -> same(a, licence))) {
            how = "--accept-licence";
        } else if (consent.given(subject, licence, text)) {
            how = "typed";
        } else {
            throw unavailable(
                    subject,
                    subject.model() + " is under the " + licence.name() + ", which must be accepted first: read "
                            + licence.url() + ", then add --accept-licence " + licence.id());
        }
        ledger.record(
                new Acceptance(user, clock.instant(), licence.id(), digest, subject.model(), subject.digest(), how));
    }

    private static boolean same(String said, Licence licence) {
        String s = said.toLowerCase(Locale.ROOT);
        return s.equals(licence.id().toLowerCase(Locale.ROOT))
                || s.equals(licence.spdx().toLowerCase(Locale.ROOT));
    }

    /** What is agreed to: the publisher's text, or what this build knows of it. */
    static String text(Subject subject, Licence licence) {
        boolean first =
                !subject.licences().isEmpty() && subject.licences().getFirst().equals(licence);
        if (first && subject.text() != null) return subject.text();
        return licence.name() + "\n" + licence.url() + "\n\n" + licence.summary() + "\n";
    }

    /** {@code sha256:…} of a text, in UTF-8. */
    public static String digest(String text) {
        try {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            return "sha256:" + HexFormat.of().formatHex(sha.digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static DalangException unavailable(Subject subject, String message) {
        return new DalangException(new Failure.ModelUnavailable(message, subject.model()));
    }
}
