// A VFS over the default one that keeps a checksum in the last eight bytes of each page of a database file.
//
// - Files whose header reserves eight bytes a page have checksums; all others are passed through.
// - A page gets its checksum when it is written into the file: in WAL mode that is at a checkpoint. The WAL has
//   checksums of SQLite's own.
// - What SQLite gets to see has zeros there, and so have the WAL and pages that another program checkpointed: such a
//   page has no checksum, and is not refused for it.
// - The page's number is in its checksum, so that a page in the wrong place is found too.
#include "CSQLite.h"

#include <errno.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

enum { checksum_bytes = 8, header_bytes = 100, longest_page = 65536 };

typedef struct {
  sqlite3_file base;
  sqlite3_file *real;
  const char *path;
  unsigned char *page;
  int is_database, page_bytes, has_checksums;
} checked_file;

static pthread_mutex_t damage_lock = PTHREAD_MUTEX_INITIALIZER;
static char damaged_path[1024];
static sqlite3_int64 damaged_page;

static checked_file *checked(sqlite3_file *file) { return (checked_file *)file; }

// MARK: Checksums

static void learn(checked_file *f, const unsigned char *header) {
  int bytes = header[16] << 8 | header[17];
  f->page_bytes = bytes == 1 ? longest_page : bytes;
  f->has_checksums = header[20] == checksum_bytes;
}

static uint64_t checksum(const checked_file *f, const void *page, sqlite3_int64 number) {
  uint64_t sum = XXH3_64bits_withSeed(page, (size_t)(f->page_bytes - checksum_bytes), (XXH64_hash_t)number);
  return sum ? sum : 1;
}

static int is_page(const checked_file *f, int bytes, sqlite3_int64 offset) {
  return f->has_checksums && bytes == f->page_bytes && offset % bytes == 0;
}

static int is_whole(const checked_file *f, const unsigned char *page, sqlite3_int64 number) {
  uint64_t stored;
  memcpy(&stored, page + f->page_bytes - checksum_bytes, checksum_bytes);
  return !stored || stored == checksum(f, page, number);
}

// A first page that says that it has no checksum, and has one.
static int has_lost_header(const checked_file *f, const unsigned char *page, int bytes) {
  if (f->has_checksums || bytes > longest_page) return 0;
  checked_file former = {.page_bytes = bytes};
  unsigned char *copy = malloc((size_t)bytes);
  if (!copy) return 0;
  memcpy(copy, page, (size_t)bytes);
  copy[16] = (unsigned char)(bytes >> 8);
  copy[17] = (unsigned char)(bytes == longest_page ? 1 : bytes & 0xFF);
  copy[20] = checksum_bytes;
  uint64_t stored;
  memcpy(&stored, page + bytes - checksum_bytes, checksum_bytes);
  int is_lost = stored && stored == checksum(&former, copy, 1);
  free(copy);
  return is_lost;
}

// MARK: Files

static int xClose(sqlite3_file *file) {
  checked_file *f = checked(file);
  int code = f->real->pMethods->xClose(f->real);
  free(f->real);
  free(f->page);
  return code;
}

static int xRead(sqlite3_file *file, void *to, int bytes, sqlite3_int64 offset) {
  checked_file *f = checked(file);
  int code = f->real->pMethods->xRead(f->real, to, bytes, offset);
  if (!f->is_database || (code && code != SQLITE_IOERR_SHORT_READ)) return code;
  // SQLite takes what lies behind the end for zeros; it asks for it only where a file was cut short.
  int is_lost = code && offset && is_page(f, bytes, offset);
  if (code && !is_lost) return code;
  if (!offset && bytes >= header_bytes) learn(f, to);
  is_lost |= !offset && bytes > header_bytes && has_lost_header(f, to, bytes);
  if (!is_lost && !is_page(f, bytes, offset)) return code;
  sqlite3_int64 number = offset / bytes + 1;
  if (is_lost || !is_whole(f, to, number)) {
    pthread_mutex_lock(&damage_lock);
    strncpy(damaged_path, f->path, sizeof damaged_path - 1);
    damaged_page = number;
    pthread_mutex_unlock(&damage_lock);
    return SQLITE_IOERR_DATA;
  }
  memset((char *)to + bytes - checksum_bytes, 0, checksum_bytes);
  return code;
}

static int xWrite(sqlite3_file *file, const void *from, int bytes, sqlite3_int64 offset) {
  checked_file *f = checked(file);
  if (f->is_database && !offset && bytes >= header_bytes) learn(f, from);
  if (f->is_database && is_page(f, bytes, offset)) {
    if (!f->page) f->page = malloc(longest_page);
    if (!f->page) return SQLITE_IOERR_NOMEM;
    memcpy(f->page, from, (size_t)bytes - checksum_bytes);
    uint64_t sum = checksum(f, from, offset / bytes + 1);
    memcpy(f->page + bytes - checksum_bytes, &sum, checksum_bytes);
    from = f->page;
  }
  int code = f->real->pMethods->xWrite(f->real, from, bytes, offset);
  // To SQLite a quota is a disk that fails; to those who wait for room it is a full one.
  int number = 0;
  if (code == SQLITE_IOERR_WRITE && !f->real->pMethods->xFileControl(f->real, SQLITE_FCNTL_LAST_ERRNO, &number) &&
      number == EDQUOT) {
    code = SQLITE_FULL;
  }
  return code;
}

#define REAL checked(file)->real
#define PASS(name, parameters, arguments) \
  static int name parameters { return REAL->pMethods->name arguments; }

PASS(xTruncate, (sqlite3_file * file, sqlite3_int64 size), (REAL, size))
PASS(xSync, (sqlite3_file * file, int flags), (REAL, flags))
PASS(xFileSize, (sqlite3_file * file, sqlite3_int64 *size), (REAL, size))
PASS(xLock, (sqlite3_file * file, int level), (REAL, level))
PASS(xUnlock, (sqlite3_file * file, int level), (REAL, level))
PASS(xCheckReservedLock, (sqlite3_file * file, int *out), (REAL, out))
PASS(xFileControl, (sqlite3_file * file, int op, void *argument), (REAL, op, argument))
PASS(xSectorSize, (sqlite3_file * file), (REAL))
PASS(xDeviceCharacteristics, (sqlite3_file * file), (REAL))
PASS(xShmMap, (sqlite3_file * file, int page, int size, int extend, void volatile **out),
     (REAL, page, size, extend, out))
PASS(xShmLock, (sqlite3_file * file, int offset, int n, int flags), (REAL, offset, n, flags))
static void xShmBarrier(sqlite3_file *file) { REAL->pMethods->xShmBarrier(REAL); }
PASS(xShmUnmap, (sqlite3_file * file, int remove), (REAL, remove))

// Without xFetch: what is mapped could not be checked.
static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = xClose,
    .xRead = xRead,
    .xWrite = xWrite,
    .xTruncate = xTruncate,
    .xSync = xSync,
    .xFileSize = xFileSize,
    .xLock = xLock,
    .xUnlock = xUnlock,
    .xCheckReservedLock = xCheckReservedLock,
    .xFileControl = xFileControl,
    .xSectorSize = xSectorSize,
    .xDeviceCharacteristics = xDeviceCharacteristics,
    .xShmMap = xShmMap,
    .xShmLock = xShmLock,
    .xShmBarrier = xShmBarrier,
    .xShmUnmap = xShmUnmap,
};

// MARK: The VFS

// The default one may be set later than this one.
static sqlite3_vfs *real_vfs(void) { return sqlite3_vfs_find(NULL); }

static int xOpen(sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags, int *out) {
  (void)vfs;
  checked_file *f = checked(file);
  memset(f, 0, sizeof *f);
  f->real = calloc(1, (size_t)real_vfs()->szOsFile);
  if (!f->real) return SQLITE_NOMEM;
  int code = real_vfs()->xOpen(real_vfs(), path, f->real, flags, out);
  if (!f->real->pMethods) {
    free(f->real);
    return code;
  }
  f->path = path ? path : "";
  f->is_database = (flags & SQLITE_OPEN_MAIN_DB) != 0;
  f->base.pMethods = &methods;
  return code;
}

static int xDelete(sqlite3_vfs *vfs, const char *path, int sync) {
  (void)vfs;
  return real_vfs()->xDelete(real_vfs(), path, sync);
}

static int xAccess(sqlite3_vfs *vfs, const char *path, int flags, int *out) {
  (void)vfs;
  return real_vfs()->xAccess(real_vfs(), path, flags, out);
}

static int xFullPathname(sqlite3_vfs *vfs, const char *path, int bytes, char *out) {
  (void)vfs;
  return real_vfs()->xFullPathname(real_vfs(), path, bytes, out);
}

int csqlite_install_checked_pages(void) {
  static sqlite3_vfs vfs;
  sqlite3_vfs *real = real_vfs();
  if (!real) return SQLITE_ERROR;
  if (vfs.zName) return SQLITE_OK;
  // What needs no file is the default VFS's.
  vfs = *real;
  vfs.iVersion = 1;
  vfs.pNext = NULL;
  vfs.szOsFile = sizeof(checked_file);
  vfs.zName = CSQLITE_CHECKED_PAGES;
  vfs.xOpen = xOpen;
  vfs.xDelete = xDelete;
  vfs.xAccess = xAccess;
  vfs.xFullPathname = xFullPathname;
  return sqlite3_vfs_register(&vfs, 0);
}

int csqlite_reserve_checksums(void *connection) {
  int bytes = checksum_bytes;
  return sqlite3_file_control(connection, "main", SQLITE_FCNTL_RESERVE_BYTES, &bytes);
}

int64_t csqlite_last_damaged_page(char *path, int bytes) {
  pthread_mutex_lock(&damage_lock);
  strncpy(path, damaged_path, (size_t)bytes - 1);
  path[bytes - 1] = 0;
  sqlite3_int64 page = damaged_page;
  pthread_mutex_unlock(&damage_lock);
  return page;
}

int csqlite_find_damaged_page(void *connection, int64_t *page, int *page_bytes) {
  sqlite3_file *file = NULL;
  int code = sqlite3_file_control(connection, "main", SQLITE_FCNTL_FILE_POINTER, &file);
  if (code) return code;
  if (!file || file->pMethods != &methods) return SQLITE_MISUSE;
  checked_file *f = checked(file);
  sqlite3_int64 size = 0;
  code = xFileSize(file, &size);
  unsigned char header[header_bytes];
  if (code || size < header_bytes) return code;
  code = f->real->pMethods->xRead(f->real, header, header_bytes, 0);
  if (code) return code;
  // A damaged header may not be believed; that of the open connection was.
  if (!f->page_bytes) learn(f, header);
  *page_bytes = f->page_bytes;
  if (!f->has_checksums) {
    *page = 0;
    return SQLITE_OK;
  }
  unsigned char *bytes = malloc((size_t)f->page_bytes);
  if (!bytes) return SQLITE_NOMEM;
  for (sqlite3_int64 number = *page + 1; (number - 1) * f->page_bytes < size; number++) {
    // Another process may be writing the page just now.
    for (int attempt = 0; attempt < 5; attempt++) {
      if (attempt) usleep(20000);
      code = f->real->pMethods->xRead(f->real, bytes, f->page_bytes, (number - 1) * f->page_bytes);
      if (code && code != SQLITE_IOERR_SHORT_READ) {
        free(bytes);
        return code;
      }
      if (!code && is_whole(f, bytes, number)) break;
      if (attempt < 4) continue;
      free(bytes);
      *page = number;
      return SQLITE_OK;
    }
  }
  free(bytes);
  *page = 0;
  return SQLITE_OK;
}
