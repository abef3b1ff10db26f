// Linux calls that Swift's Glibc module leaves out. No system header that Glibc's module has is included here: two
// modules that define the same structure do not go together.
#ifndef GANGLION_CLINUX_H
#define GANGLION_CLINUX_H

#include <stdint.h>

/// An event counter that never blocks; -1 where no descriptor is left.
int linux_eventfd(void);
/// Makes the counter readable.
void linux_eventfd_ring(int descriptor);
/// Makes the counter unreadable again.
void linux_eventfd_reset(int descriptor);

/// accept(2) of a connection that child processes do not inherit.
int linux_accept(int listener);

/// ppoll(2) without a signal mask. `descriptors` are struct pollfd.
int linux_poll(void *descriptors, uint64_t count, int64_t timeout_ns);

#endif
