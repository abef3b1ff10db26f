// What SQLite offers to C only: functions with any number of arguments, the methods of its files, and VFSs.
#ifndef GANGLION_CSQLITE_H
#define GANGLION_CSQLITE_H

#include <stdint.h>

/// Stops SQLite counting the bytes that it allocates: each allocation takes a mutex for it. A code of SQLite; not 0 where
/// SQLite is in use already, which then goes on counting.
int csqlite_stop_counting_memory(void);

/// Writes what is committed in a connection's WAL over itself, cuts off what is not, and syncs it. A code of SQLite.
///
/// - connection: an `sqlite3 *` of a database in WAL mode, in a transaction of which nothing was written yet.
/// - damaged_frame: -1; or a frame that is not what was written, 0 for the header. Then nothing is changed.
int csqlite_renew_wal(void *connection, int64_t *damaged_frame);

/// Has a connection leave its WAL as it is when it closes, or not. SQLite would move what it takes for whole into the
/// file, and delete the rest. A code of SQLite.
int csqlite_keep_wal(void *connection, int is_kept);

/// Looks for a damaged frame as `csqlite_renew_wal` does, and changes nothing.
int csqlite_check_wal(void *connection, int64_t *damaged_frame);

/// The name of the VFS that keeps a checksum in each page of a database file; see `CheckedPages.c`.
#define CSQLITE_CHECKED_PAGES "ganglion-checked"

/// Registers that VFS, once. A code of SQLite.
int csqlite_install_checked_pages(void);

/// Asks for room for checksums in the pages of a database that is about to be made. A code of SQLite.
int csqlite_reserve_checksums(void *connection);

/// The page, from 1, whose checksum did not fit at last, in any file of this process; 0 for none. `path` gets its file.
int64_t csqlite_last_damaged_page(char *path, int bytes);

/// Looks for a page in a connection's file whose checksum does not fit, behind `*page`; 0 where there is none. Both have
/// to be of that VFS. A code of SQLite.
int csqlite_find_damaged_page(void *connection, int64_t *page, int *page_bytes);

#endif
