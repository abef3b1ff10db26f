// SQLite's write-ahead log as a file: a header of 32 bytes, then frames of 24 bytes and a page each. A frame has the salts
// of its header, the size of the database where it ends a transaction, and a checksum over all frames up to it.
//
// Source: SQLite, "The WAL-mode file format", https://www.sqlite.org/fileformat2.html#walformat
#include "CSQLite.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

enum { header_bytes = 32, frame_header_bytes = 24, longest_page = 65536 };

typedef struct {
  sqlite3_file *file;
  sqlite3_int64 size;
  int page_bytes, is_big_endian;
  unsigned char salts[8];
  uint32_t sums[2];
} wal;

static uint32_t big(const unsigned char *at) {
  return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static uint32_t little(const unsigned char *at) {
  return (uint32_t)at[3] << 24 | (uint32_t)at[2] << 16 | (uint32_t)at[1] << 8 | at[0];
}

static void add(wal *w, const unsigned char *bytes, int count) {
  for (int i = 0; i < count; i += 8) {
    w->sums[0] += (w->is_big_endian ? big(bytes + i) : little(bytes + i)) + w->sums[1];
    w->sums[1] += (w->is_big_endian ? big(bytes + i + 4) : little(bytes + i + 4)) + w->sums[0];
  }
}

static int is_summed(const wal *w, const unsigned char *at) { return w->sums[0] == big(at) && w->sums[1] == big(at + 4); }

static int read_at(const wal *w, void *to, int bytes, sqlite3_int64 offset) {
  return w->file->pMethods->xRead(w->file, to, bytes, offset);
}

// How many transactions of this header's end at a frame or behind it, going by the frames' own words.
static int count_ends(const wal *w, sqlite3_int64 offset) {
  int ends = 0;
  unsigned char frame[frame_header_bytes];
  for (; offset + frame_header_bytes + w->page_bytes <= w->size; offset += frame_header_bytes + w->page_bytes) {
    if (read_at(w, frame, frame_header_bytes, offset)) break;
    ends += big(frame + 4) && !memcmp(frame + 8, w->salts, sizeof w->salts);
  }
  return ends;
}

// A header of which the first half is already the next one's: that sums up with another sequence number, which goes into
// the second sum once as it is and once with the first sum.
static int is_cut_off(const wal *w, const unsigned char *header) {
  return big(header + 28) - w->sums[1] == 2 * (big(header + 24) - w->sums[0]);
}

// Finds the end of the last whole transaction, and the frame that is damaged, -1 for none: one that is not whole though
// more than the transaction that it is of came behind it. The last one alone may have been cut off by a loss of power.
static int look_through(wal *w, unsigned char *page, sqlite3_int64 *end, int64_t *damaged) {
  unsigned char header[header_bytes], frame[frame_header_bytes];
  *end = 0;
  *damaged = -1;
  if (w->size < header_bytes) return SQLITE_OK;
  int code = read_at(w, header, header_bytes, 0);
  if (code) return code;
  w->is_big_endian = header[3] & 1;
  w->page_bytes = (int)big(header + 8);
  memcpy(w->salts, header + 16, sizeof w->salts);
  add(w, header, 24);
  int is_sane = w->page_bytes >= 512 && w->page_bytes <= longest_page && !(w->page_bytes & (w->page_bytes - 1));
  if (!is_sane || (big(header) | 1) != 0x377f0683 || !is_summed(w, header + 24)) {
    // A header is on the disk before its first frame is written. What is told as damage has the salts of its frames, and
    // is no header that was cut off when the WAL was begun anew, when all that is in it was in the database already.
    if (!is_sane) w->page_bytes = 4096;
    if (count_ends(w, header_bytes) && !is_cut_off(w, header)) *damaged = 0;
    return SQLITE_OK;
  }
  *end = header_bytes;
  for (sqlite3_int64 at = header_bytes; at + frame_header_bytes + w->page_bytes <= w->size;) {
    code = read_at(w, frame, frame_header_bytes, at);
    if (!code) code = read_at(w, page, w->page_bytes, at + frame_header_bytes);
    if (code) return code;
    add(w, frame, 8);
    add(w, page, w->page_bytes);
    if (memcmp(frame + 8, w->salts, sizeof w->salts) || !is_summed(w, frame + 16)) {
      if (count_ends(w, at) > 1) *damaged = (at - header_bytes) / (frame_header_bytes + w->page_bytes) + 1;
      return SQLITE_OK;
    }
    at += frame_header_bytes + w->page_bytes;
    if (big(frame + 4)) *end = at;
  }
  return SQLITE_OK;
}

// What stands behind the last transaction was never committed; it must not be taken for something later.
static int rewrite(wal *w, unsigned char *bytes, sqlite3_int64 end) {
  int code = w->size > end ? w->file->pMethods->xTruncate(w->file, end) : SQLITE_OK;
  for (sqlite3_int64 offset = 0; offset < end && !code; offset += longest_page) {
    int length = end - offset < longest_page ? (int)(end - offset) : longest_page;
    code = read_at(w, bytes, length, offset);
    if (!code) code = w->file->pMethods->xWrite(w->file, bytes, length, offset);
  }
  return code ? code : w->file->pMethods->xSync(w->file, SQLITE_SYNC_NORMAL);
}

static int renew(void *connection, int64_t *damaged_frame, int writes) {
  *damaged_frame = -1;
  wal w = {0};
  int code = sqlite3_file_control(connection, "main", SQLITE_FCNTL_JOURNAL_POINTER, &w.file);
  if (code) return code;
  // Without methods it is not open: there is none.
  if (!w.file || !w.file->pMethods) return SQLITE_OK;
  code = w.file->pMethods->xFileSize(w.file, &w.size);
  if (code || !w.size) return code;
  unsigned char *bytes = malloc(longest_page);
  if (!bytes) return SQLITE_NOMEM;
  sqlite3_int64 end = 0;
  code = look_through(&w, bytes, &end, damaged_frame);
  // Where only looked at, it may be another process's, which has begun it anew meanwhile.
  unsigned char header[header_bytes];
  if (!code && !writes && *damaged_frame > 0 && !read_at(&w, header, header_bytes, 0) &&
      memcmp(header + 16, w.salts, sizeof w.salts)) {
    *damaged_frame = -1;
  }
  if (!code && writes && *damaged_frame < 0) code = rewrite(&w, bytes, end);
  free(bytes);
  return code;
}

int csqlite_renew_wal(void *connection, int64_t *damaged_frame) { return renew(connection, damaged_frame, 1); }

int csqlite_check_wal(void *connection, int64_t *damaged_frame) { return renew(connection, damaged_frame, 0); }
