package dev.dalang.cli;

/** The entry point. */
public final class Dalang {
    private Dalang() {}

    public static void main(String[] args) {
        System.exit(2);
    }
}
