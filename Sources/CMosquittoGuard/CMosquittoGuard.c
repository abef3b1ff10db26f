#include "CMosquittoGuard.h"

#include <mosquitto.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Where the read that runs on this thread was begun; null where none runs.
static _Thread_local jmp_buf *guarded_read;

int mosquitto_guarded_loop_read(struct mosquitto *client, int packets) {
  jmp_buf here;
  jmp_buf *outer = guarded_read;
  int code;
  if (_setjmp(here) == 0) {
    guarded_read = &here;
    code = mosquitto_loop_read(client, packets);
  } else {
    code = MOSQ_ERR_MALFORMED_PACKET;
  }
  guarded_read = outer;
  return code;
}

// What assert(3) calls, here in place of the C library's. Only the library's own logging is jumped out of: between it
// and the read stand the library's frames alone, for no callback makes it log, and it holds no lock.
void __assert_fail(const char *assertion, const char *file, unsigned line, const char *function) {
  const char *name = strrchr(file, '/');
  if (guarded_read && strcmp(name ? name + 1 : file, "logging_mosq.c") == 0) _longjmp(*guarded_read, 1);
  fprintf(stderr, "%s:%u: %s: Assertion `%s' failed.\n", file, line, function, assertion);
  abort();
}
