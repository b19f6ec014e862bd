package dev.dalang.ledger;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jdbi.v3.core.Handle;

/** The running processes that write to a ledger: which live, which are dead. */
final class Instances {

    private Instances() {}

    static void begin(Handle h, String id, long now) {
        ProcessHandle self = ProcessHandle.current();
        h.createUpdate("insert into instance (id, place, pid, started, beat_millis)"
                        + " values (:id, :place, :pid, :started, :now)")
                .bind("id", id)
                .bind("place", Rows.clip(place(), 512))
                .bind("pid", self.pid())
                .bind("started", started(self))
                .bind("now", now)
                .execute();
    }

    /** A sign of life. */
    static void beat(Handle h, String id, long now) {
        // Somebody took us for dead.
        if (touch(h, id, now) == 0) begin(h, id, now);
    }

    /** @return whether it is known, as 1 or 0 */
    static int touch(Handle h, String id, long now) {
        return h.createUpdate("update instance set beat_millis = :now where id = :id")
                .bind("now", now)
                .bind("id", id)
                .execute();
    }

    static void end(Handle h, String id) {
        h.createUpdate("delete from instance where id = :id and not exists"
                        + " (select 1 from request where instance_id = :id and outcome = 'open')")
                .bind("id", id)
                .execute();
    }

    static void forget(Handle h, List<String> ids) {
        for (String id : ids) {
            h.createUpdate("delete from instance where id = :id").bind("id", id).execute();
        }
    }

    /** Processes of this machine that ended, and those of others that gave no sign for {@code deadAfter}. */
    static List<String> dead(Handle h, String self, long now, Duration deadAfter) {
        String here = place();
        List<String> dead = new ArrayList<>();
        h.createQuery("select id, place, pid, started, beat_millis from instance where id <> :self")
                .bind("self", self)
                .map((rs, context) -> {
                    boolean ended = rs.getString(2).equals(here)
                            ? !lives(rs.getLong(3), rs.getLong(4))
                            : now - rs.getLong(5) > deadAfter.toMillis();
                    if (ended) dead.add(rs.getString(1));
                    return ended;
                })
                .list();
        return dead;
    }

    private static boolean lives(long pid, long since) {
        // A process number is used again; when it started tells the two apart.
        return ProcessHandle.of(pid)
                .filter(ProcessHandle::isAlive)
                .map(p -> started(p) == since)
                .orElse(false);
    }

    /**
     * When a process started: on Linux in ticks since boot (proc(5), field 22 of stat), since the JDK's answer moves when
     * the clock is set.
     */
    private static long started(ProcessHandle p) {
        String stat = line(Path.of("/proc/" + p.pid() + "/stat"));
        int afterName = stat.lastIndexOf(')');
        if (afterName > 0) return Long.parseLong(stat.substring(afterName + 2).split(" ")[19]);
        return p.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
    }

    /** Where process numbers mean the same: the machine, its boot and, on Linux, the space of process numbers. */
    static String place() {
        String host;
        try {
            host = InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            host = "localhost";
        }
        return host + " " + line(Path.of("/proc/sys/kernel/random/boot_id")) + " " + link(Path.of("/proc/self/ns/pid"));
    }

    private static String line(Path file) {
        try {
            return Files.readString(file).strip();
        } catch (IOException notLinux) {
            return "";
        }
    }

    private static String link(Path link) {
        try {
            return Files.readSymbolicLink(link).toString();
        } catch (IOException | UnsupportedOperationException notLinux) {
            return "";
        }
    }
}
