package dev.dalang.api;

/** Who speaks. */
public enum Role {
    SYSTEM,
    /** Instructions of the application's author, below the platform's; models without the role read it as system. */
    DEVELOPER,
    USER,
    ASSISTANT,
    /** Results of tools, each a {@link Part.ToolResult}. */
    TOOL;

    /** The word that chat templates and wire formats use. */
    public String word() {
        return switch (this) {
            case SYSTEM -> "system";
            case DEVELOPER -> "developer";
            case USER -> "user";
            case ASSISTANT -> "assistant";
            case TOOL -> "tool";
        };
    }
}
