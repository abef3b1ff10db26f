#include "CFaultyDisk.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char prefix[] = "/faulty/";
enum { sector = 512, shm_locks = SQLITE_SHM_NLOCK };

typedef struct bytes {
  uint8_t *data;
  int64_t size, capacity;
} bytes;

/// What was done to a file since its last sync, oldest first.
typedef struct change {
  struct change *next;
  bool is_truncation;
  int64_t offset, length;
  uint8_t data[];
} change;

typedef struct file {
  struct file *next;
  faulty_disk *disk;
  char *path;
  /// As programs see it, and as it is on the platter.
  bytes seen, platter;
  bool is_there, is_on_platter;
  change *first, **last;
  struct handle *handles;
  /// Shared memory, in regions of one size.
  uint8_t **regions;
  int region_count;
} file;

struct faulty_disk {
  faulty_disk *next;
  char *name;
  pthread_mutex_t lock;
  file *files;
  faulty_hook hook;
  void *context;
  int64_t limit;
  /// Handles of an older life are dead.
  unsigned life;
};

typedef struct handle {
  sqlite3_file base;
  struct handle *next;
  file *file;
  unsigned life;
  int lock;
  bool deletes_at_close;
  /// As SQLite does on Linux, the first sync of a new journal or WAL syncs its directory too.
  bool syncs_directory;
  uint16_t shm_shared, shm_exclusive;
} handle;

static pthread_mutex_t disks_lock = PTHREAD_MUTEX_INITIALIZER;
static faulty_disk *disks;
static sqlite3_vfs *former;

// MARK: Bytes

static void grow(bytes *b, int64_t size) {
  if (size > b->capacity) {
    int64_t capacity = b->capacity ? b->capacity : 4096;
    while (capacity < size) capacity *= 2;
    b->data = realloc(b->data, (size_t)capacity);
    if (!b->data) abort();
    b->capacity = capacity;
  }
  if (size > b->size) {
    memset(b->data + b->size, 0, (size_t)(size - b->size));
    b->size = size;
  }
}

static void put(bytes *b, int64_t offset, const uint8_t *data, int64_t length) {
  if (!length) return;
  grow(b, offset + length);
  memcpy(b->data + offset, data, (size_t)length);
}

static void copy(bytes *to, const bytes *from) {
  to->size = 0;
  if (from->size) put(to, 0, from->data, from->size);
}

static uint64_t next_random(uint64_t *state) {
  // SplitMix64 (Steele, Lea, Flood 2014).
  uint64_t z = (*state += 0x9E3779B97F4A7C15u);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

// MARK: Files

/// The disk that a path is on; NULL for paths of other VFSs.
static faulty_disk *disk_of(const char *path) {
  if (!path || strncmp(path, prefix, sizeof prefix - 1)) return NULL;
  const char *name = path + sizeof prefix - 1;
  size_t length = strcspn(name, "/");
  pthread_mutex_lock(&disks_lock);
  faulty_disk *disk = disks;
  while (disk && (strlen(disk->name) != length || memcmp(disk->name, name, length))) disk = disk->next;
  pthread_mutex_unlock(&disks_lock);
  return disk;
}

static file *find(faulty_disk *disk, const char *path) {
  file *f = disk->files;
  while (f && strcmp(f->path, path)) f = f->next;
  return f;
}

static file *make(faulty_disk *disk, const char *path) {
  file *f = calloc(1, sizeof *f);
  if (!f) abort();
  f->disk = disk;
  f->path = strdup(path);
  f->last = &f->first;
  f->next = disk->files;
  disk->files = f;
  return f;
}

static void forget_changes(file *f) {
  while (f->first) {
    change *gone = f->first;
    f->first = gone->next;
    free(gone);
  }
  f->last = &f->first;
}

static void note(file *f, bool is_truncation, int64_t offset, const uint8_t *data, int64_t length) {
  change *c = malloc(sizeof *c + (size_t)(data ? length : 0));
  if (!c) abort();
  *c = (change){.is_truncation = is_truncation, .offset = offset, .length = length};
  if (data) memcpy(c->data, data, (size_t)length);
  *f->last = c;
  f->last = &c->next;
}

static void truncate_bytes(bytes *b, int64_t size) {
  if (size < b->size) b->size = size;
  else grow(b, size);
}

static void forget_shm(file *f) {
  for (int i = 0; i < f->region_count; i++) free(f->regions[i]);
  free(f->regions);
  f->regions = NULL;
  f->region_count = 0;
}

static int64_t total(const faulty_disk *disk) {
  int64_t sum = 0;
  for (file *f = disk->files; f; f = f->next)
    if (f->is_there) sum += f->seen.size;
  return sum;
}

static int ask(faulty_disk *disk, enum faulty_operation operation, const char *path, int64_t offset, int64_t length) {
  return disk->hook ? disk->hook(disk->context, operation, path, offset, length) : SQLITE_OK;
}

// MARK: A file's methods

static bool is_dead(const handle *h) { return h->life != h->file->disk->life; }

static int close_file(sqlite3_file *base) {
  handle *h = (handle *)base;
  pthread_mutex_lock(&h->file->disk->lock);
  for (handle **at = &h->file->handles; *at; at = &(*at)->next)
    if (*at == h) {
      *at = h->next;
      break;
    }
  if (h->deletes_at_close && !is_dead(h)) h->file->is_there = false;
  pthread_mutex_unlock(&h->file->disk->lock);
  return SQLITE_OK;
}

static int read_file(sqlite3_file *base, void *buffer, int length, sqlite3_int64 offset) {
  handle *h = (handle *)base;
  file *f = h->file;
  int code = is_dead(h) ? SQLITE_IOERR_READ : ask(f->disk, FAULTY_READ, f->path, offset, length);
  if (code) return code;
  pthread_mutex_lock(&f->disk->lock);
  int64_t there = f->seen.size - offset;
  there = there < 0 ? 0 : there > length ? length : there;
  if (there) memcpy(buffer, f->seen.data + offset, (size_t)there);
  pthread_mutex_unlock(&f->disk->lock);
  if (there == length) return SQLITE_OK;
  memset((uint8_t *)buffer + there, 0, (size_t)(length - there));
  return SQLITE_IOERR_SHORT_READ;
}

static int write_file(sqlite3_file *base, const void *data, int length, sqlite3_int64 offset) {
  handle *h = (handle *)base;
  file *f = h->file;
  if (is_dead(h)) return SQLITE_IOERR_WRITE;
  int code = ask(f->disk, FAULTY_WRITE, f->path, offset, length);
  if (is_dead(h)) return SQLITE_IOERR_WRITE;
  pthread_mutex_lock(&f->disk->lock);
  int64_t growth = offset + length - f->seen.size;
  if (!code && growth > 0 && f->disk->limit && total(f->disk) + growth > f->disk->limit) code = SQLITE_FULL;
  int64_t written = code ? length / 2 : length;
  if (code == SQLITE_FULL && growth > 0) written = length - growth > 0 ? length - growth : 0;
  put(&f->seen, offset, data, written);
  if (written) note(f, false, offset, data, written);
  pthread_mutex_unlock(&f->disk->lock);
  return code;
}

static int truncate_file(sqlite3_file *base, sqlite3_int64 size) {
  handle *h = (handle *)base;
  file *f = h->file;
  int code = is_dead(h) ? SQLITE_IOERR_TRUNCATE : ask(f->disk, FAULTY_TRUNCATE, f->path, size, 0);
  if (code) return code;
  pthread_mutex_lock(&f->disk->lock);
  truncate_bytes(&f->seen, size);
  note(f, true, size, NULL, 0);
  pthread_mutex_unlock(&f->disk->lock);
  return SQLITE_OK;
}

static int sync_file(sqlite3_file *base, int flags) {
  (void)flags;
  handle *h = (handle *)base;
  file *f = h->file;
  int code = is_dead(h) ? SQLITE_IOERR_FSYNC : ask(f->disk, FAULTY_SYNC, f->path, 0, 0);
  if (!code && is_dead(h)) code = SQLITE_IOERR_FSYNC;
  pthread_mutex_lock(&f->disk->lock);
  if (!is_dead(h)) {
    for (change *c = f->first; c && !code; c = c->next)
      if (c->is_truncation) truncate_bytes(&f->platter, c->offset);
      else put(&f->platter, c->offset, c->data, c->length);
    forget_changes(f);
    if (!code) f->is_on_platter = true;
    if (!code && h->syncs_directory) {
      h->syncs_directory = false;
      for (file *other = f->disk->files; other; other = other->next) other->is_on_platter = other->is_there;
    }
  }
  pthread_mutex_unlock(&f->disk->lock);
  return code;
}

static int file_size(sqlite3_file *base, sqlite3_int64 *size) {
  handle *h = (handle *)base;
  if (is_dead(h)) return SQLITE_IOERR_FSTAT;
  *size = h->file->seen.size;
  return SQLITE_OK;
}

static int lock_file(sqlite3_file *base, int lock) {
  handle *h = (handle *)base;
  if (is_dead(h)) return SQLITE_IOERR_LOCK;
  int code = SQLITE_OK;
  pthread_mutex_lock(&h->file->disk->lock);
  for (handle *other = h->file->handles; other && lock > h->lock; other = other->next) {
    if (other == h || is_dead(other)) continue;
    if (lock == SQLITE_LOCK_SHARED ? other->lock >= SQLITE_LOCK_PENDING
        : lock == SQLITE_LOCK_RESERVED ? other->lock >= SQLITE_LOCK_RESERVED
                                       : other->lock >= SQLITE_LOCK_SHARED)
      code = SQLITE_BUSY;
  }
  if (!code && lock > h->lock) h->lock = lock;
  pthread_mutex_unlock(&h->file->disk->lock);
  return code;
}

static int unlock_file(sqlite3_file *base, int lock) {
  handle *h = (handle *)base;
  pthread_mutex_lock(&h->file->disk->lock);
  if (lock < h->lock) h->lock = lock;
  pthread_mutex_unlock(&h->file->disk->lock);
  return SQLITE_OK;
}

static int check_reserved_lock(sqlite3_file *base, int *is_reserved) {
  handle *h = (handle *)base;
  *is_reserved = 0;
  pthread_mutex_lock(&h->file->disk->lock);
  for (handle *other = h->file->handles; other; other = other->next)
    if (!is_dead(other) && other->lock >= SQLITE_LOCK_RESERVED) *is_reserved = 1;
  pthread_mutex_unlock(&h->file->disk->lock);
  return SQLITE_OK;
}

static int control(sqlite3_file *base, int operation, void *argument) {
  (void)base;
  (void)operation;
  (void)argument;
  return SQLITE_NOTFOUND;
}

static int sector_size(sqlite3_file *base) {
  (void)base;
  return 4096;
}

static int characteristics(sqlite3_file *base) {
  (void)base;
  return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static int shm_map(sqlite3_file *base, int region, int size, int extends, void volatile **memory) {
  handle *h = (handle *)base;
  file *f = h->file;
  *memory = NULL;
  if (is_dead(h)) return SQLITE_IOERR_SHMMAP;
  pthread_mutex_lock(&f->disk->lock);
  if (extends && region >= f->region_count) {
    f->regions = realloc(f->regions, sizeof *f->regions * (size_t)(region + 1));
    if (!f->regions) abort();
    while (f->region_count <= region) f->regions[f->region_count++] = calloc(1, (size_t)size);
  }
  if (region < f->region_count) *memory = f->regions[region];
  pthread_mutex_unlock(&f->disk->lock);
  return SQLITE_OK;
}

static int shm_lock(sqlite3_file *base, int offset, int count, int flags) {
  handle *h = (handle *)base;
  if (is_dead(h)) return SQLITE_IOERR_SHMLOCK;
  uint16_t mask = (uint16_t)(((1u << count) - 1) << offset);
  int code = SQLITE_OK;
  pthread_mutex_lock(&h->file->disk->lock);
  if (flags & SQLITE_SHM_UNLOCK) {
    h->shm_shared &= (uint16_t)~mask;
    h->shm_exclusive &= (uint16_t)~mask;
  } else {
    for (handle *other = h->file->handles; other; other = other->next) {
      if (other == h || is_dead(other)) continue;
      if (other->shm_exclusive & mask) code = SQLITE_BUSY;
      if ((flags & SQLITE_SHM_EXCLUSIVE) && (other->shm_shared & mask)) code = SQLITE_BUSY;
    }
    if (!code && (flags & SQLITE_SHM_EXCLUSIVE)) h->shm_exclusive |= mask;
    if (!code && (flags & SQLITE_SHM_SHARED)) h->shm_shared |= mask;
  }
  pthread_mutex_unlock(&h->file->disk->lock);
  return code;
}

static void shm_barrier(sqlite3_file *base) {
  (void)base;
  __sync_synchronize();
}

static int shm_unmap(sqlite3_file *base, int deletes) {
  handle *h = (handle *)base;
  pthread_mutex_lock(&h->file->disk->lock);
  h->shm_shared = h->shm_exclusive = 0;
  if (deletes && !is_dead(h)) forget_shm(h->file);
  pthread_mutex_unlock(&h->file->disk->lock);
  return SQLITE_OK;
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = close_file,
    .xRead = read_file,
    .xWrite = write_file,
    .xTruncate = truncate_file,
    .xSync = sync_file,
    .xFileSize = file_size,
    .xLock = lock_file,
    .xUnlock = unlock_file,
    .xCheckReservedLock = check_reserved_lock,
    .xFileControl = control,
    .xSectorSize = sector_size,
    .xDeviceCharacteristics = characteristics,
    .xShmMap = shm_map,
    .xShmLock = shm_lock,
    .xShmBarrier = shm_barrier,
    .xShmUnmap = shm_unmap,
};

// MARK: The VFS

static int vfs_open(sqlite3_vfs *vfs, sqlite3_filename path, sqlite3_file *base, int flags, int *out_flags) {
  (void)vfs;
  faulty_disk *disk = disk_of(path);
  if (!disk) return former->xOpen(former, path, base, flags, out_flags);
  handle *h = (handle *)base;
  memset(h, 0, sizeof *h);
  int code = ask(disk, FAULTY_OPEN, path, 0, 0);
  if (code) return code;
  pthread_mutex_lock(&disk->lock);
  file *f = find(disk, path);
  if ((!f || !f->is_there) && !(flags & SQLITE_OPEN_CREATE)) code = SQLITE_CANTOPEN;
  if (!code) {
    if (!f) f = make(disk, path);
    if (!f->is_there) {
      f->seen.size = 0;
      forget_changes(f);
      // What the platter has under that name is another file.
      note(f, true, 0, NULL, 0);
      f->is_there = true;
      h->syncs_directory = flags & (SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL | SQLITE_OPEN_WAL);
    }
    h->file = f;
    h->life = disk->life;
    h->deletes_at_close = flags & SQLITE_OPEN_DELETEONCLOSE;
    h->next = f->handles;
    f->handles = h;
    h->base.pMethods = &methods;
    if (out_flags) *out_flags = flags;
  }
  pthread_mutex_unlock(&disk->lock);
  return code;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *path, int syncs_directory) {
  (void)vfs;
  faulty_disk *disk = disk_of(path);
  if (!disk) return former->xDelete(former, path, syncs_directory);
  int code = ask(disk, FAULTY_DELETE, path, 0, 0);
  if (code) return code;
  pthread_mutex_lock(&disk->lock);
  file *f = find(disk, path);
  if (!f || !f->is_there) {
    code = SQLITE_IOERR_DELETE_NOENT;
  } else {
    f->is_there = false;
    if (syncs_directory) f->is_on_platter = false;
  }
  pthread_mutex_unlock(&disk->lock);
  return code;
}

static int vfs_access(sqlite3_vfs *vfs, const char *path, int flags, int *result) {
  (void)vfs;
  faulty_disk *disk = disk_of(path);
  if (!disk) return former->xAccess(former, path, flags, result);
  pthread_mutex_lock(&disk->lock);
  file *f = find(disk, path);
  // As on Linux, an empty file does not count as there.
  *result = f && f->is_there && (flags != SQLITE_ACCESS_EXISTS || f->seen.size > 0);
  pthread_mutex_unlock(&disk->lock);
  return SQLITE_OK;
}

static int vfs_full_pathname(sqlite3_vfs *vfs, const char *path, int size, char *full) {
  (void)vfs;
  if (!disk_of(path)) return former->xFullPathname(former, path, size, full);
  sqlite3_snprintf(size, full, "%s", path);
  return SQLITE_OK;
}

int faulty_disk_install(void) {
  static sqlite3_vfs vfs;
  pthread_mutex_lock(&disks_lock);
  int code = SQLITE_OK;
  if (!former) {
    former = sqlite3_vfs_find(NULL);
    vfs = *former;
    vfs.zName = "faulty-disk";
    vfs.pNext = NULL;
    if (vfs.szOsFile < (int)sizeof(handle)) vfs.szOsFile = (int)sizeof(handle);
    vfs.xOpen = vfs_open;
    vfs.xDelete = vfs_delete;
    vfs.xAccess = vfs_access;
    vfs.xFullPathname = vfs_full_pathname;
    code = sqlite3_vfs_register(&vfs, 1);
  }
  pthread_mutex_unlock(&disks_lock);
  return code;
}

// MARK: Disks

faulty_disk *faulty_disk_create(const char *name) {
  faulty_disk *disk = calloc(1, sizeof *disk);
  if (!disk) abort();
  disk->name = strdup(name);
  pthread_mutex_init(&disk->lock, NULL);
  pthread_mutex_lock(&disks_lock);
  for (faulty_disk *other = disks; other; other = other->next)
    if (!strcmp(other->name, name)) {
      pthread_mutex_unlock(&disks_lock);
      free(disk->name);
      free(disk);
      return NULL;
    }
  disk->next = disks;
  disks = disk;
  pthread_mutex_unlock(&disks_lock);
  return disk;
}

void faulty_disk_destroy(faulty_disk *disk) {
  pthread_mutex_lock(&disks_lock);
  for (faulty_disk **at = &disks; *at; at = &(*at)->next)
    if (*at == disk) {
      *at = disk->next;
      break;
    }
  pthread_mutex_unlock(&disks_lock);
  while (disk->files) {
    file *f = disk->files;
    disk->files = f->next;
    forget_changes(f);
    forget_shm(f);
    free(f->seen.data);
    free(f->platter.data);
    free(f->path);
    free(f);
  }
  pthread_mutex_destroy(&disk->lock);
  free(disk->name);
  free(disk);
}

void faulty_disk_set_hook(faulty_disk *disk, faulty_hook hook, void *context) {
  pthread_mutex_lock(&disk->lock);
  disk->hook = hook;
  disk->context = context;
  pthread_mutex_unlock(&disk->lock);
}

void faulty_disk_set_limit(faulty_disk *disk, int64_t limit) {
  pthread_mutex_lock(&disk->lock);
  disk->limit = limit;
  pthread_mutex_unlock(&disk->lock);
}

int64_t faulty_disk_bytes(faulty_disk *disk) {
  pthread_mutex_lock(&disk->lock);
  int64_t sum = total(disk);
  pthread_mutex_unlock(&disk->lock);
  return sum;
}

// MARK: Crashes

static void kill_handles(faulty_disk *disk) {
  disk->life++;
  for (file *f = disk->files; f; f = f->next) forget_shm(f);
}

void faulty_disk_kill(faulty_disk *disk) {
  pthread_mutex_lock(&disk->lock);
  kill_handles(disk);
  pthread_mutex_unlock(&disk->lock);
}

/// Puts what survives of one change onto a platter.
static void survive(bytes *platter, const change *c, enum faulty_remains remains, uint64_t *random) {
  if (remains == FAULTY_NOTHING) return;
  if (c->is_truncation || remains != FAULTY_SECTORS) {
    if (remains != FAULTY_EVERYTHING && next_random(random) % 2) return;
    if (c->is_truncation) truncate_bytes(platter, c->offset);
    else put(platter, c->offset, c->data, c->length);
    return;
  }
  int64_t at = 0;
  while (at < c->length) {
    int64_t end = ((c->offset + at) / sector + 1) * sector - c->offset;
    if (end > c->length) end = c->length;
    if (next_random(random) % 2) put(platter, c->offset + at, c->data + at, end - at);
    at = end;
  }
}

/// What is on the platter after a power cut. False where the file is not there then.
static bool remains_of(const file *f, bytes *platter, enum faulty_remains remains, uint64_t *random) {
  bool is_there = f->is_on_platter;
  if (f->is_there != is_there && remains != FAULTY_NOTHING)
    is_there = remains == FAULTY_EVERYTHING ? f->is_there : next_random(random) % 2;
  copy(platter, &f->platter);
  for (const change *c = f->first; c; c = c->next) survive(platter, c, remains, random);
  return is_there;
}

void faulty_disk_cut_power(faulty_disk *disk, enum faulty_remains remains, uint64_t seed) {
  pthread_mutex_lock(&disk->lock);
  kill_handles(disk);
  for (file *f = disk->files; f; f = f->next) {
    bytes left = {0};
    f->is_there = f->is_on_platter = remains_of(f, &left, remains, &seed);
    forget_changes(f);
    copy(&f->platter, &left);
    copy(&f->seen, &left);
    free(left.data);
  }
  pthread_mutex_unlock(&disk->lock);
}

// MARK: Damage

int64_t faulty_disk_size(faulty_disk *disk, const char *path) {
  pthread_mutex_lock(&disk->lock);
  file *f = find(disk, path);
  int64_t size = f && f->is_there ? f->seen.size : -1;
  pthread_mutex_unlock(&disk->lock);
  return size;
}

int faulty_disk_flip(faulty_disk *disk, const char *path, int64_t offset, uint8_t mask) {
  pthread_mutex_lock(&disk->lock);
  file *f = find(disk, path);
  bool is_in = f && f->is_there && offset >= 0 && offset < f->seen.size;
  if (is_in) {
    f->seen.data[offset] ^= mask;
    if (offset < f->platter.size) f->platter.data[offset] ^= mask;
  }
  pthread_mutex_unlock(&disk->lock);
  return is_in ? 0 : -1;
}

int faulty_disk_cut(faulty_disk *disk, const char *path, int64_t size) {
  pthread_mutex_lock(&disk->lock);
  file *f = find(disk, path);
  bool is_there = f && f->is_there;
  if (is_there) {
    truncate_bytes(&f->seen, size);
    truncate_bytes(&f->platter, size);
  }
  pthread_mutex_unlock(&disk->lock);
  return is_there ? 0 : -1;
}
