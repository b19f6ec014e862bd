package dev.dalang.cli;

import dev.dalang.api.Cancellation;
import dev.dalang.mini.BuiltIn;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jline.terminal.spi.SystemStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The entry point. */
@Command(
        name = "dalang",
        description = "Run open chat models on this machine.",
        synopsisSubcommandLabel = "VERB",
        versionProvider = Dalang.Version.class)
public final class Dalang implements Runnable {

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli's
    CommandSpec spec;

    private Dalang() {}

    public static void main(String[] args) {
        HeadStart.begin(args);
        Cancellation interrupt = new Cancellation();
        CountDownLatch done = new CountDownLatch(1);
        // Ctrl-C begins the JVM's shutdown, whose status will be 130. The hook lets the answer end in order first.
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            interrupt.cancel();
            try {
                done.await(5, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }));
        // UTF-8 whatever the locale says: the output is for programs as much as for people.
        WatchedOutput stdout = new WatchedOutput(new FileOutputStream(FileDescriptor.out));
        PrintStream out = new PrintStream(stdout, false, StandardCharsets.UTF_8);
        PrintStream err = new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
        Surroundings around = new Surroundings(
                System.in,
                out,
                err,
                StandardStreams.isTerminal(SystemStream.Input),
                StandardStreams.isTerminal(SystemStream.Output),
                StandardStreams.isTerminal(SystemStream.Error),
                System.getenv(),
                new LocalModels(),
                BuiltIn.shipped(),
                interrupt);
        int code = execute(around, args);
        out.flush();
        IOException lost = stdout.failure();
        if (lost != null) {
            // A reader that has seen enough (`| head`) is no news.
            if (!String.valueOf(lost.getMessage()).contains("Broken pipe")) {
                around.say("standard output: " + Errors.describe(lost));
            }
            // An answer that nobody can read is cut short like an interrupted one.
            if (code == ExitCode.DONE || code == ExitCode.INTERRUPTED) code = ExitCode.FAILED;
        }
        done.countDown();
        // Returning ends the process too where no other thread would keep it. Exit looks for a logger first, and opens
        // each jar for that.
        if (code != ExitCode.DONE || threadsRemain()) System.exit(code);
    }

    /** Whether other threads than this one keep the process alive. */
    private static boolean threadsRemain() {
        ThreadGroup group = Thread.currentThread().getThreadGroup();
        for (ThreadGroup g = group; g != null; g = g.getParent()) group = g;
        // Some room more: threads may start while they are counted, and those that find no room are left out.
        Thread[] threads = new Thread[group.activeCount() + 16];
        int count = group.enumerate(threads);
        for (int i = 0; i < count; i++) {
            if (threads[i] != Thread.currentThread() && !threads[i].isDaemon()) return true;
        }
        return count == threads.length;
    }

    /** Runs one command line; everything it says and reads goes through {@code around}. */
    static int execute(Surroundings around, String... args) {
        Errors errors = new Errors(around);
        try {
            CommandLine line = commandLine(around, args);
            line.setDefaultValueProvider(Configuration.read(around));
            line.setParameterExceptionHandler(errors::usage);
            line.setExecutionExceptionHandler((e, command, result) -> errors.failed(e));
            return line.execute(args);
        } catch (RuntimeException | Error e) {
            return errors.failed(e);
        } finally {
            around.out().flush();
        }
    }

    /**
     * The parser.
     *
     * @param args the command line, where it is known, so that only its verb need be made
     */
    static CommandLine commandLine(Surroundings around, String... args) {
        CommandLine line = new CommandLine(new Dalang());
        Verbs.add(line, around, args);
        addHelp(line);
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.registerConverter(BigDecimal.class, Dalang::amount);
        line.setOut(new PrintWriter(around.out(), true, StandardCharsets.UTF_8));
        line.setErr(new PrintWriter(around.err(), true, StandardCharsets.UTF_8));
        line.setColorScheme(CommandLine.Help.defaultColorScheme(
                around.styled(around.outIsTerminal()) ? CommandLine.Help.Ansi.ON : CommandLine.Help.Ansi.OFF));
        line.setUsageHelpAutoWidth(true);
        return line;
    }

    /** picocli's own converter explains to a Java programmer. */
    private static BigDecimal amount(String text) {
        try {
            return new BigDecimal(text);
        } catch (NumberFormatException e) {
            throw new CommandLine.TypeConversionException("'" + text + "' is no number like 12.50");
        }
    }

    /** {@code --help} on every verb, {@code --version} on the root. */
    private static void addHelp(CommandLine line) {
        CommandSpec spec = line.getCommandSpec();
        // A verb with an alias comes by twice.
        if (spec.findOption("--help") != null) return;
        spec.addOption(CommandLine.Model.OptionSpec.builder("-h", "--help")
                .usageHelp(true)
                .description("Show this help and exit.")
                .build());
        if (spec.parent() == null) {
            spec.addOption(CommandLine.Model.OptionSpec.builder(Verbs.VERSION.toArray(String[]::new))
                    .versionHelp(true)
                    .description("Show the version and exit.")
                    .build());
        }
        line.getSubcommands().values().forEach(Dalang::addHelp);
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a verb is missing");
    }

    /** A stream that remembers why it broke; {@link PrintStream} only knows that it did. */
    private static final class WatchedOutput extends OutputStream {
        private final OutputStream to;
        private @Nullable IOException failure;

        WatchedOutput(OutputStream to) {
            this.to = to;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int from, int length) throws IOException {
            try {
                to.write(bytes, from, length);
            } catch (IOException e) {
                failure = e;
                throw e;
            }
        }

        @Nullable
        IOException failure() {
            return failure;
        }
    }

    /** From the module's descriptor, where the build put it. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"dalang " + number()};
        }

        static String number() {
            var descriptor = Dalang.class.getModule().getDescriptor();
            if (descriptor != null && descriptor.rawVersion().isPresent()) {
                return descriptor.rawVersion().get();
            }
            String version = Dalang.class.getPackage().getImplementationVersion();
            return version == null ? "development" : version;
        }
    }
}
