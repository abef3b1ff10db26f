#include "CSQLite.h"

#include <sqlite3.h>
#include <stddef.h>

int csqlite_keep_wal(void *connection, int is_kept) {
  return sqlite3_db_config(connection, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, is_kept, NULL);
}

int csqlite_stop_counting_memory(void) { return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }
