package dev.dalang.server.http;

import dev.dalang.server.guard.Guard.RequestHead;

/** Where traces begin: told of every request before anything is done for it, and when it is over. Throws nothing. */
@FunctionalInterface
public interface RequestTrace {

    /** Traces nothing. */
    RequestTrace NONE = head -> Open.NONE;

    /** A request has come. */
    Open begin(RequestHead head);

    /** A request under way. */
    interface Open {
        Open NONE = new Open() {
            @Override
            public void during(Runnable work) {
                work.run();
            }

            @Override
            public void end(AccessLog.Entry entry) {}
        };

        /** Does the request's work, so that what is traced in it belongs to the request. */
        void during(Runnable work);

        /** The request is over. */
        void end(AccessLog.Entry entry);
    }
}
