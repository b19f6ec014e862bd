package dev.dalang.train.loop;

import dev.dalang.api.DalangException;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Schedules as checkpoints name them: the text that their records write. */
final class ScheduleText {
    private static final Pattern SCHEDULE = Pattern.compile("(Constant|Cosine|WarmupStableDecay)\\[(.*)]");
    private static final Pattern NUMBER = Pattern.compile("(\\w+)=([0-9.]+(?:E-?[0-9]+)?)");

    private ScheduleText() {}

    /** The schedule that writes itself so; null if none does. */
    static @Nullable Schedule parse(String text) {
        Matcher outer = SCHEDULE.matcher(text);
        if (!outer.matches()) return null;
        Map<String, Double> numbers = new HashMap<>();
        Matcher member = NUMBER.matcher(outer.group(2));
        try {
            while (member.find()) numbers.put(member.group(1), Double.valueOf(member.group(2)));
            Schedule read = schedule(outer.group(1), numbers);
            return read.toString().equals(text) ? read : null;
        } catch (NumberFormatException | DalangException noSuchSchedule) {
            return null;
        }
    }

    private static Schedule schedule(String name, Map<String, Double> numbers) {
        double peak = numbers.getOrDefault("peak", 0.0);
        long warmup = numbers.getOrDefault("warmup", 0.0).longValue();
        double floor = numbers.getOrDefault("floor", 0.0);
        return switch (name) {
            case "Constant" -> new Schedule.Constant(peak, warmup);
            case "Cosine" -> new Schedule.Cosine(peak, warmup, floor);
            default ->
                new Schedule.WarmupStableDecay(
                        peak, warmup, numbers.getOrDefault("decay", 0.0).longValue(), floor);
        };
    }
}
