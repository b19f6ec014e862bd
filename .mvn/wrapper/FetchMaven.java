import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/**
 * Puts the Maven distribution that {@code maven-wrapper.properties} pins into a folder: started by {@code mvnw} as
 * {@code java FetchMaven.java PROPERTIES FOLDER} when the folder is not there.
 *
 * <p>Three ways, tried in order: the repository named by {@code MVNW_REPOURL}; whatever Maven is already installed,
 * since it knows this person's mirrors, proxies and passwords; the pinned address. Nothing is unpacked before its
 * SHA-512 agrees, and the finished folder appears by one rename, so that two first builds at once do no harm.
 */
final class FetchMaven {

    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(20);
    private static final Duration DOWNLOAD_TIMEOUT = Duration.ofMinutes(10);
    private static final int MAVEN_MINUTES_MAX = 10;

    private final URI url;
    private final String version;
    private final String sha512;
    private final Path scratch;
    private final List<String> failures = new ArrayList<>();

    private FetchMaven(Properties pinned, Path scratch) {
        this.url = URI.create(pinned.getProperty("distributionUrl"));
        this.version = url.getPath().replaceAll(".*/apache-maven-(.*)-bin\\.zip", "$1");
        this.sha512 = pinned.getProperty("distributionSha512Sum");
        this.scratch = scratch;
    }

    public static void main(String[] args) throws Exception {
        Properties pinned = new Properties();
        try (InputStream in = Files.newInputStream(Path.of(args[0]))) {
            pinned.load(in);
        }
        Path target = Path.of(args[1]).toAbsolutePath();
        Files.createDirectories(target.getParent());
        Path scratch = Files.createTempDirectory(target.getParent(), ".fetching-");
        Runtime.getRuntime().addShutdownHook(new Thread(() -> deleteTree(scratch))); // Ctrl-C too leaves nothing

        FetchMaven fetch = new FetchMaven(pinned, scratch);
        System.err.println("mvnw: fetching Maven " + fetch.version + " (first use)...");
        Path zip = fetch.zip();
        if (zip == null) {
            System.err.println("mvnw: Maven " + fetch.version + " is not on this machine and could not be fetched ("
                    + String.join("; ", fetch.failures)
                    + "). Connect once, or set MVNW_REPOURL to a Maven repository that can be reached.");
            System.exit(1);
        }
        Path unpacked = unzip(zip, scratch.resolve("unpacked"));
        try {
            Files.move(unpacked, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            // Another first build was quicker: its folder is as good as ours.
            if (!Files.isExecutable(target.resolve("bin/mvn"))) throw e;
        }
    }

    private Path zip() throws InterruptedException {
        String repository = System.getenv("MVNW_REPOURL");
        if (repository != null && !repository.isBlank()) {
            URI mirrored = URI.create(repository.strip().replaceAll("/+$", "") + "/org/apache/maven/apache-maven/"
                    + version + "/apache-maven-" + version + "-bin.zip");
            return verified(download(mirrored), mirrored.getHost());
        }
        Path zip = verified(throughInstalledMaven(), "installed Maven");
        return zip != null ? zip : verified(download(url), url.getHost());
    }

    private Path throughInstalledMaven() throws InterruptedException {
        Path log = scratch.resolve("mvn.log");
        Path folder = scratch.resolve("copied");
        try {
            Process mvn = new ProcessBuilder(
                            "mvn",
                            "--batch-mode",
                            "org.apache.maven.plugins:maven-dependency-plugin:3.11.0:copy",
                            "-Dartifact=org.apache.maven:apache-maven:" + version + ":zip:bin",
                            "-DoutputDirectory=" + folder)
                    .directory(scratch.toFile()) // not the project's: its .mvn/ is for the pinned Maven
                    .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            if (!mvn.waitFor(MAVEN_MINUTES_MAX, TimeUnit.MINUTES)) {
                mvn.destroy();
                failures.add("the installed mvn did not finish");
                return null;
            }
        } catch (IOException none) {
            failures.add("no mvn on PATH to fetch it through");
            return null;
        }
        Path zip = folder.resolve("apache-maven-" + version + "-bin.zip");
        if (Files.exists(zip)) return zip;
        failures.add("the installed mvn could not fetch it");
        return null;
    }

    private Path download(URI from) throws InterruptedException {
        Path file = scratch.resolve("apache-maven.zip");
        try (HttpClient client = HttpClient.newBuilder()
                .followRedirects(HttpClient.Redirect.NORMAL)
                .connectTimeout(CONNECT_TIMEOUT)
                .proxy(proxy())
                .build()) {
            HttpResponse<Path> response = client.send(
                    HttpRequest.newBuilder(from).timeout(DOWNLOAD_TIMEOUT).build(),
                    HttpResponse.BodyHandlers.ofFile(file));
            if (response.statusCode() == 200) return file;
            failures.add(from.getHost() + " answered " + response.statusCode());
        } catch (IOException | IllegalArgumentException e) {
            failures.add(from.getHost() + ": " + (e.getMessage() == null ? "not reachable" : e.getMessage()));
        }
        return null;
    }

    /** The proxy of {@code https_proxy}, as curl and pip read it; else the JDK's own settings. */
    private static ProxySelector proxy() {
        for (String name : List.of("https_proxy", "HTTPS_PROXY")) {
            String value = System.getenv(name);
            if (value == null || value.isBlank()) continue;
            URI uri = URI.create(value.contains("://") ? value : "http://" + value);
            return ProxySelector.of(new InetSocketAddress(uri.getHost(), uri.getPort() < 0 ? 80 : uri.getPort()));
        }
        return ProxySelector.getDefault();
    }

    private Path verified(Path zip, String source) {
        if (zip == null) return null;
        try (InputStream in = Files.newInputStream(zip)) {
            MessageDigest digest = MessageDigest.getInstance("SHA-512");
            byte[] buffer = new byte[1 << 16];
            for (int n; (n = in.read(buffer)) > 0; ) digest.update(buffer, 0, n);
            if (HexFormat.of().formatHex(digest.digest()).equals(sha512.strip().toLowerCase(Locale.ROOT))) return zip;
            failures.add(source + " gave a file with another SHA-512 than the pinned one");
        } catch (Exception e) {
            failures.add(source + ": " + e);
        }
        return null;
    }

    /** Unpacks without the archive's top folder; returns {@code into}. */
    private static Path unzip(Path zip, Path into) throws IOException {
        try (ZipInputStream in = new ZipInputStream(Files.newInputStream(zip))) {
            for (ZipEntry entry; (entry = in.getNextEntry()) != null; ) {
                String name = entry.getName().substring(entry.getName().indexOf('/') + 1);
                Path file = into.resolve(name).normalize();
                if (!file.startsWith(into)) throw new IOException("entry outside of the archive: " + entry.getName());
                if (entry.isDirectory()) {
                    Files.createDirectories(file);
                    continue;
                }
                Files.createDirectories(file.getParent());
                Files.copy(in, file);
                if (name.startsWith("bin/") && !file.toFile().setExecutable(true, false)) {
                    throw new IOException("cannot make " + file + " executable");
                }
            }
        }
        return into;
    }

    private static void deleteTree(Path root) {
        try (var paths = Files.walk(root)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) Files.delete(path);
        } catch (IOException e) {
            System.err.println("mvnw: could not clean up " + root + ": " + e);
        }
    }
}
