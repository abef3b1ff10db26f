#include "CSQLite.h"

#include <sqlite3.h>
#include <stdlib.h>

int csqlite_stop_counting_memory(void) { return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }

int csqlite_rewrite_wal(void *connection) {
  // SQLite's files on Linux take less than 128 KiB at once.
  enum { chunk = 1 << 16 };
  sqlite3_file *wal = NULL;
  int code = sqlite3_file_control(connection, "main", SQLITE_FCNTL_JOURNAL_POINTER, &wal);
  if (code) return code;
  // Without methods it is not open: there is none.
  if (!wal || !wal->pMethods) return SQLITE_OK;
  sqlite3_int64 size = 0;
  code = wal->pMethods->xFileSize(wal, &size);
  if (code || !size) return code;
  char *bytes = malloc(chunk);
  if (!bytes) return SQLITE_NOMEM;
  for (sqlite3_int64 offset = 0; offset < size && !code; offset += chunk) {
    int length = size - offset < chunk ? (int)(size - offset) : chunk;
    code = wal->pMethods->xRead(wal, bytes, length, offset);
    if (!code) code = wal->pMethods->xWrite(wal, bytes, length, offset);
  }
  free(bytes);
  return code ? code : wal->pMethods->xSync(wal, SQLITE_SYNC_NORMAL);
}
