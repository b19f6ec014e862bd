package dev.dalang.cli;

import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What a user may say about licences and fit when fetching a model. */
final class PullFlags {
    @Option(
            names = {"--accept-licence", "--accept-license"},
            paramLabel = "ID",
            description = "Accept this licence, whose text you have read; may be repeated.")
    List<String> accepted = List.of();

    @Option(
            names = {"--licence-policy", "--license-policy"},
            paramLabel = "RULES",
            description = "Refuse licences that break these rules: no-non-commercial, commercial, osi-only,"
                    + " no-user-limits, no-unknown, allow:ID+ID, deny:ID+ID.")
    @Nullable
    String policy;

    @Option(names = "--quant", paramLabel = "TYPE", description = "Which quantisation of a model of the catalogue.")
    @Nullable
    String quantisation;

    @Option(
            names = "--update",
            description = "Fetch what stands at the place of MODEL now, or of all models in the store.")
    boolean update;

    @Option(names = "--anyway", description = "Fetch it though it does not fit this machine.")
    boolean anyway;
}
