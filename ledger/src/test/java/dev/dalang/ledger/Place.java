package dev.dalang.ledger;

import java.nio.file.Path;

/** Where the ledger of a test lies: each test of the books runs on both. */
enum Place {
    SQLITE {
        @Override
        String url(Path folder) {
            return "jdbc:sqlite:" + folder.resolve("ledger.db");
        }
    },
    POSTGRESQL {
        @Override
        String url(Path folder) {
            return Postgres.database();
        }
    };

    abstract String url(Path folder);
}
