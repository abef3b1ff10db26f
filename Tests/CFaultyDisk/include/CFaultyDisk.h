// A disk in memory under SQLite, for tests: it can lose power, fail, fill up and stall.
//
// `faulty_disk_install` registers a VFS as SQLite's default. Files whose path begins with `/faulty/NAME/` are on the
// disk NAME; all others are passed on to the VFS that was the default before.
//
// The model
// - A file has what programs see, and what is on the platter. A sync of the file moves everything written to it since
//   its last sync onto the platter. A sync that fails moves nothing, then or later: the kernel has forgotten those
//   pages (what Linux does).
// - Where power is cut, what was written and not synced is kept, dropped or torn, each 512-byte sector of each write
//   for itself, in any order of writes. Bytes of a sector that a write did not touch stay (SQLite's
//   POWERSAFE_OVERWRITE, which it assumes on Linux too). A name that was made since the last sync of its file or
//   directory may be gone; one that was deleted without a sync of its directory may be back.
// - Where a process is killed, all it wrote stays; its locks and shared memory go.
// Not modelled: a disk that lies about a sync, one that loses what was synced, and a file system that damages files
// which nobody writes.
#ifndef GANGLION_CFAULTYDISK_H
#define GANGLION_CFAULTYDISK_H

#include <stdint.h>

typedef struct faulty_disk faulty_disk;

enum faulty_operation {
  FAULTY_OPEN,
  FAULTY_READ,
  FAULTY_WRITE,
  FAULTY_TRUNCATE,
  FAULTY_SYNC,
  FAULTY_DELETE,
};

/// Called before each operation, by the thread that does it.
///
/// Returns 0 to let it happen, or the SQLite code that it fails with. A write that fails has written its first half.
typedef int (*faulty_hook)(
    void *context, enum faulty_operation operation, const char *path, int64_t offset, int64_t bytes);

/// How much of what was written and not synced a power cut leaves.
enum faulty_remains { FAULTY_NOTHING, FAULTY_EVERYTHING, FAULTY_WHOLE_WRITES, FAULTY_SECTORS };

/// To be called before the first connection is opened; later calls do nothing. 0, or SQLite's code.
int faulty_disk_install(void);

/// An empty disk; its files are `/faulty/NAME/…`. NULL where there is one of that name.
faulty_disk *faulty_disk_create(const char *name);
/// Connections to its files must be closed.
void faulty_disk_destroy(faulty_disk *disk);

/// `hook` may be NULL.
void faulty_disk_set_hook(faulty_disk *disk, faulty_hook hook, void *context);
/// Writes that make the files larger than this, all together, fail with SQLITE_FULL, half done.
void faulty_disk_set_limit(faulty_disk *disk, int64_t bytes);
/// What all files have together.
int64_t faulty_disk_bytes(faulty_disk *disk);

/// The process that has files open is gone: its handles fail from here on, and closing them changes nothing.
void faulty_disk_kill(faulty_disk *disk);
/// The same, and the machine lost its power.
void faulty_disk_cut_power(faulty_disk *disk, enum faulty_remains remains, uint64_t seed);

/// The size of a file; -1 where there is none.
int64_t faulty_disk_size(faulty_disk *disk, const char *path);
/// Damages what is on the platter: turns the bits of `mask` in the byte at `offset`. 0 where there is such a byte.
int faulty_disk_flip(faulty_disk *disk, const char *path, int64_t offset, uint8_t mask);
/// Cuts a file short. 0 where there is such a file.
int faulty_disk_cut(faulty_disk *disk, const char *path, int64_t size);

#endif
