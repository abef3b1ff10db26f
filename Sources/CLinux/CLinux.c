#define _GNU_SOURCE
#include "CLinux.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>

int linux_eventfd(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

void linux_eventfd_ring(int descriptor) { (void)eventfd_write(descriptor, 1); }

void linux_eventfd_reset(int descriptor) {
  eventfd_t count;
  (void)eventfd_read(descriptor, &count);
}

int linux_accept(int listener) { return accept4(listener, 0, 0, SOCK_CLOEXEC); }

int linux_poll(void *descriptors, uint64_t count, int64_t timeout_ns) {
  struct timespec timeout = {timeout_ns / 1000000000, timeout_ns % 1000000000};
  return ppoll(descriptors, count, &timeout, 0);
}
