// What SQLite offers to C only: functions with any number of arguments, and the methods of its files.
#ifndef GANGLION_CSQLITE_H
#define GANGLION_CSQLITE_H

/// Stops SQLite counting the bytes that it allocates: each allocation takes a mutex for it. A code of SQLite; not 0 where
/// SQLite is in use already, which then goes on counting.
int csqlite_stop_counting_memory(void);

/// Writes the bytes of a connection's WAL over themselves and syncs them.
///
/// - connection: an `sqlite3 *` of a database in WAL mode, in a transaction of which nothing was written yet.
/// Returns a code of SQLite.
int csqlite_rewrite_wal(void *connection);

#endif
