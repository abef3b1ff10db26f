// Linux calls that Swift's Glibc module leaves out.
#ifndef GANGLION_CLINUX_SHIM_H
#define GANGLION_CLINUX_SHIM_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <poll.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/// An event counter that never blocks; -1 where no descriptor is left.
static inline int linux_eventfd(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

static inline void linux_eventfd_ring(int descriptor) { (void)eventfd_write(descriptor, 1); }

static inline void linux_eventfd_reset(int descriptor) {
  eventfd_t count;
  (void)eventfd_read(descriptor, &count);
}

/// accept(2) of a connection that child processes do not inherit.
static inline int linux_accept(int listener) { return accept4(listener, 0, 0, SOCK_CLOEXEC); }

/// poll(2) with a timeout in nanoseconds.
static inline int linux_poll(struct pollfd *descriptors, unsigned long count, int64_t timeout_ns) {
  struct timespec timeout = {timeout_ns / 1000000000, timeout_ns % 1000000000};
  return ppoll(descriptors, count, &timeout, 0);
}

#endif
