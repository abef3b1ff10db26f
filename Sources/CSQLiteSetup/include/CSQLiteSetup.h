// What SQLite takes for the whole process only, and only by a C function of any number of arguments, which Swift does
// not call.
#ifndef GANGLION_CSQLITESETUP_H
#define GANGLION_CSQLITESETUP_H

/// Stops SQLite counting the bytes that it allocates: each allocation takes a mutex for it. An SQLite code; not 0 where
/// SQLite is in use already, which then goes on counting.
int sqlite_setup_without_memory_statistics(void);

#endif
