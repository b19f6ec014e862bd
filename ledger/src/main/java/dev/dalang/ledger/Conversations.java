package dev.dalang.ledger;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * What was said, for those who said it: every method takes the owner, and what belongs to somebody else is not there.
 */
public final class Conversations {

    private static final String COLUMNS =
            "id, owner, title, folder, pinned, settings, leaf_id, created_millis, updated_millis";
    private static final String MESSAGE = "id, parent_id, role, state, body, detail, created_millis";
    private static final int TITLE_MOST = 512;
    private static final int FOLDER_MOST = 255;
    private static final int EXCERPT_BEFORE = 40;
    private static final int EXCERPT = 160;

    private final Ledger ledger;

    Conversations(Ledger ledger) {
        this.ledger = ledger;
    }

    /** Keeps a conversation and its messages, in their order. */
    public void create(Conversation c, List<Conversation.Message> messages) {
        checkNames(c);
        ledger.inTransaction(h -> {
            h.createUpdate("insert into conversation (" + COLUMNS + ") values (:id, :owner, :title, :folder, :pinned,"
                            + " :settings, :leaf, :created, :updated)")
                    .bind("id", c.id())
                    .bind("owner", c.owner())
                    .bind("title", c.title())
                    .bind("folder", c.folder())
                    .bind("pinned", c.pinned() ? 1 : 0)
                    .bind("settings", c.settings())
                    .bind("leaf", c.leaf())
                    .bind("created", c.created().toEpochMilli())
                    .bind("updated", c.updated().toEpochMilli())
                    .execute();
            long position = 0;
            for (Conversation.Message m : messages) insert(h, c.id(), position++, m);
            return null;
        });
    }

    /** @throws DalangException if this owner has no such conversation */
    public Conversation get(String owner, String id) {
        return ledger.read(h -> find(h, owner, id));
    }

    /** Pinned ones first, then the latest. */
    public List<Conversation> list(String owner, int limit, int offset) {
        return ledger.read(h -> h.createQuery("select " + COLUMNS + " from conversation where owner = :owner"
                        + " order by pinned desc, updated_millis desc, id limit :limit offset :offset")
                .bind("owner", owner)
                .bind("limit", limit)
                .bind("offset", offset)
                .map((rs, context) -> read(rs))
                .list());
    }

    /**
     * Those whose title or one of whose messages has all the words, the latest first. The case of letters does not matter as
     * far as the database knows it (SQLite: of ASCII).
     */
    public List<Conversation.Found> search(String owner, String words, int limit) {
        List<String> patterns = new ArrayList<>();
        for (String word : words.strip().split("\\s+")) patterns.add("%" + escaped(word) + "%");
        StringBuilder title = new StringBuilder();
        StringBuilder body = new StringBuilder();
        for (int i = 0; i < patterns.size(); i++) {
            String and = i == 0 ? "" : " and ";
            title.append(and).append("lower(c.title) like lower(:w").append(i).append(") escape '!'");
            body.append(and).append("lower(m.body) like lower(:w").append(i).append(") escape '!'");
        }
        return ledger.read(h -> {
            var query = h.createQuery("select " + COLUMNS + " from conversation c where owner = :owner and ((" + title
                            + ") or exists (select 1 from conversation_message m where m.conversation_id = c.id and "
                            + body + ")) order by updated_millis desc, id limit :limit")
                    .bind("owner", owner)
                    .bind("limit", limit);
            bind(query, patterns);
            List<Conversation> found = query.map((rs, context) -> read(rs)).list();
            List<Conversation.Found> result = new ArrayList<>();
            for (Conversation c : found) {
                var inside = h.createQuery("select m.body from conversation_message m where m.conversation_id = :id"
                                + " and " + body + " order by m.position desc limit 1")
                        .bind("id", c.id());
                bind(inside, patterns);
                String hit = inside.mapTo(String.class).findFirst().orElse(null);
                result.add(new Conversation.Found(c, hit == null ? null : excerpt(hit, words.strip())));
            }
            return result;
        });
    }

    /** Its messages in the order in which they came; a message comes after the one that it answers. */
    public List<Conversation.Message> messages(String owner, String id) {
        return ledger.read(h -> {
            find(h, owner, id);
            return messages(h, id);
        });
    }

    /** The messages from the first one to {@code leaf}. */
    public List<Conversation.Message> path(String owner, String id, String leaf) {
        Map<String, Conversation.Message> all = new LinkedHashMap<>();
        for (Conversation.Message m : messages(owner, id)) all.put(m.id(), m);
        List<Conversation.Message> path = new ArrayList<>();
        for (String at = leaf; at != null; ) {
            // Taken out, so that a tree that bites its tail ends too.
            Conversation.Message m = all.remove(at);
            if (m == null) throw missing("message " + at + " of this conversation");
            path.addFirst(m);
            at = m.parent();
        }
        return path;
    }

    /** Changes what belongs to the conversation as a whole: title, folder, pin, settings and leaf. */
    public void update(Conversation c) {
        checkNames(c);
        ledger.inTransaction(h -> {
            find(h, c.owner(), c.id());
            return h.createUpdate("update conversation set title = :title, folder = :folder, pinned = :pinned,"
                            + " settings = :settings, leaf_id = :leaf where id = :id and owner = :owner")
                    .bind("title", c.title())
                    .bind("folder", c.folder())
                    .bind("pinned", c.pinned() ? 1 : 0)
                    .bind("settings", c.settings())
                    .bind("leaf", c.leaf())
                    .bind("id", c.id())
                    .bind("owner", c.owner())
                    .execute();
        });
    }

    /** Adds a message, which becomes the leaf. Its parent must be there. */
    public void add(String owner, String id, Conversation.Message m) {
        ledger.inTransaction(h -> {
            find(h, owner, id);
            if (m.parent() != null && !exists(h, id, m.parent())) {
                throw missing("message " + m.parent() + " of this conversation");
            }
            long position = h.createQuery(
                            "select coalesce(max(position), -1) + 1 from conversation_message where conversation_id = :id")
                    .bind("id", id)
                    .mapTo(Long.class)
                    .one();
            insert(h, id, position, m);
            return h.createUpdate("update conversation set leaf_id = :leaf, updated_millis = :now where id = :id")
                    .bind("leaf", m.id())
                    .bind("now", m.created().toEpochMilli())
                    .bind("id", id)
                    .execute();
        });
    }

    /**
     * Changes a message that is being written: its state, body and detail.
     *
     * @return whether it is still there; somebody may have deleted the conversation meanwhile
     */
    public boolean write(String owner, String id, Conversation.Message m) {
        return ledger.inTransaction(
                h -> h.createUpdate("update conversation_message set state = :state, body = :body, detail = :detail"
                                        + " where conversation_id = :id and id = :message and exists"
                                        + " (select 1 from conversation where id = :id and owner = :owner)")
                                .bind("state", m.state().name())
                                .bind("body", m.body())
                                .bind("detail", m.detail())
                                .bind("id", id)
                                .bind("message", m.id())
                                .bind("owner", owner)
                                .execute()
                        > 0);
    }

    /** @return whether there was one */
    public boolean delete(String owner, String id) {
        return ledger.inTransaction(h -> {
            boolean owned = h.createQuery("select 1 from conversation where id = :id and owner = :owner")
                    .bind("id", id)
                    .bind("owner", owner)
                    .mapTo(Integer.class)
                    .findFirst()
                    .isPresent();
            if (!owned) return false;
            h.createUpdate("delete from conversation_message where conversation_id = :id")
                    .bind("id", id)
                    .execute();
            h.createUpdate("delete from conversation where id = :id")
                    .bind("id", id)
                    .execute();
            return true;
        });
    }

    private static List<Conversation.Message> messages(Handle h, String id) {
        return h.createQuery("select " + MESSAGE + " from conversation_message where conversation_id = :id"
                        + " order by position")
                .bind("id", id)
                .map((rs, context) -> message(rs))
                .list();
    }

    private static void insert(Handle h, String conversation, long position, Conversation.Message m) {
        h.createUpdate("insert into conversation_message (conversation_id, position, " + MESSAGE
                        + ") values (:conversation, :position, :id, :parent, :role, :state, :body, :detail, :created)")
                .bind("conversation", conversation)
                .bind("position", position)
                .bind("id", m.id())
                .bind("parent", m.parent())
                .bind("role", m.role())
                .bind("state", m.state().name())
                .bind("body", m.body())
                .bind("detail", m.detail())
                .bind("created", m.created().toEpochMilli())
                .execute();
    }

    private static boolean exists(Handle h, String conversation, String message) {
        return h.createQuery("select 1 from conversation_message where conversation_id = :c and id = :m")
                .bind("c", conversation)
                .bind("m", message)
                .mapTo(Integer.class)
                .findFirst()
                .isPresent();
    }

    private static Conversation find(Handle h, String owner, String id) {
        return h.createQuery("select " + COLUMNS + " from conversation where id = :id and owner = :owner")
                .bind("id", id)
                .bind("owner", owner)
                .map((rs, context) -> read(rs))
                .findFirst()
                .orElseThrow(() -> missing("conversation " + id));
    }

    private static void bind(org.jdbi.v3.core.statement.Query query, List<String> patterns) {
        for (int i = 0; i < patterns.size(); i++) query.bind("w" + i, patterns.get(i));
    }

    /** A text in which {@code %} and {@code _} stand for themselves. */
    private static String escaped(String word) {
        return word.replace("!", "!!").replace("%", "!%").replace("_", "!_");
    }

    private static String excerpt(String body, String words) {
        String first = words.split("\\s+")[0].toLowerCase(Locale.ROOT);
        int at = Math.max(0, body.toLowerCase(Locale.ROOT).indexOf(first));
        int from = Math.min(body.length(), Math.max(0, at - EXCERPT_BEFORE));
        int to = Math.min(body.length(), from + EXCERPT);
        // Not in the middle of a character.
        if (from > 0 && Character.isLowSurrogate(body.charAt(from))) from++;
        if (to < body.length() && Character.isLowSurrogate(body.charAt(to))) to++;
        String part = body.substring(from, to).replaceAll("\\s+", " ");
        return (from > 0 ? "…" : "") + part + (to < body.length() ? "…" : "");
    }

    private static void checkNames(Conversation c) {
        if (c.title().length() > TITLE_MOST) {
            throw DalangException.invalidRequest("a title has at most " + TITLE_MOST + " characters", "title");
        }
        if (c.folder() != null && (c.folder().isBlank() || c.folder().length() > FOLDER_MOST)) {
            throw DalangException.invalidRequest("a folder's name has 1 to " + FOLDER_MOST + " characters", "folder");
        }
    }

    private static DalangException missing(String what) {
        return new DalangException(new Failure.InvalidRequest("there is no " + what, "conversation"));
    }

    private static Conversation read(ResultSet rs) throws SQLException {
        @Nullable String folder = rs.getString("folder");
        return new Conversation(
                rs.getString("id"),
                rs.getString("owner"),
                rs.getString("title"),
                folder,
                rs.getInt("pinned") != 0,
                rs.getString("settings"),
                rs.getString("leaf_id"),
                Instant.ofEpochMilli(rs.getLong("created_millis")),
                Instant.ofEpochMilli(rs.getLong("updated_millis")));
    }

    private static Conversation.Message message(ResultSet rs) throws SQLException {
        return new Conversation.Message(
                rs.getString("id"),
                rs.getString("parent_id"),
                rs.getString("role"),
                Conversation.State.valueOf(rs.getString("state")),
                rs.getString("body"),
                rs.getString("detail"),
                Instant.ofEpochMilli(rs.getLong("created_millis")));
    }
}
