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

/// A pipe that child processes do not inherit: `ends[0]` is read from and never blocks, `ends[1]` is written to. Both
/// are above the standard descriptors. 0, or the error's number.
int linux_pipe(int ends[2]);

/// A file in memory that nobody can change, to be read from its beginning; not inherited. -1 with errno.
int linux_sealed_file(const void *bytes, uint64_t count);

/// Starts a program in a process group of its own, in `/`, with `input` as standard input, `output` as standard output
/// and standard error, no other descriptor, no signal blocked and none ignored. Says whether the program could be
/// executed: 0, or the error's number.
int linux_spawn(
    const char *path, char *const arguments[], char *const environment[], int input, int output, int *process);

/// A descriptor of a process, readable once it has ended; it never stands for another process that gets its number.
/// -1 with errno.
int linux_process_descriptor(int process);

/// Sends a signal to the process of a descriptor; -1 with errno.
int linux_signal(int process_descriptor, int signal);

/// ppoll(2) without a signal mask. `descriptors` are struct pollfd.
int linux_poll(void *descriptors, uint64_t count, int64_t timeout_ns);

#endif
