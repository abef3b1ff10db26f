#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int linux_eventfd(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

void linux_eventfd_ring(int descriptor) { (void)eventfd_write(descriptor, 1); }

void linux_eventfd_reset(int descriptor) {
  eventfd_t count;
  (void)eventfd_read(descriptor, &count);
}

int linux_accept(int listener) { return accept4(listener, 0, 0, SOCK_CLOEXEC); }

/// Moves a descriptor out of the range of the standard ones, which a child's are laid over.
static int above_standard(int descriptor) {
  if (descriptor < 0 || descriptor > STDERR_FILENO) return descriptor;
  int moved = fcntl(descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  int reason = errno;
  close(descriptor);
  errno = reason;
  return moved;
}

int linux_pipe(int ends[2]) {
  if (pipe2(ends, O_CLOEXEC)) return errno;
  ends[0] = above_standard(ends[0]);
  int reason = ends[0] < 0 ? errno : 0;
  ends[1] = above_standard(ends[1]);
  if (!reason && ends[1] < 0) reason = errno;
  if (!reason && fcntl(ends[0], F_SETFL, O_NONBLOCK)) reason = errno;
  if (!reason) return 0;
  if (ends[0] >= 0) close(ends[0]);
  if (ends[1] >= 0) close(ends[1]);
  return reason;
}

int linux_sealed_file(const void *bytes, uint64_t count) {
  int file = above_standard(memfd_create("event", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (file < 0) return -1;
  for (uint64_t written = 0; written < count;) {
    ssize_t more = pwrite(file, (const char *)bytes + written, count - written, (off_t)written);
    if (more < 0 && errno == EINTR) continue;
    if (more <= 0) {
      int reason = errno;
      close(file);
      errno = reason;
      return -1;
    }
    written += (uint64_t)more;
  }
  (void)fcntl(file, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL);
  return file;
}

/// What stands between fork and exec: descriptors and the directory.
static int set_actions(posix_spawn_file_actions_t *actions, int input, int output) {
  int reason = posix_spawn_file_actions_adddup2(actions, input, STDIN_FILENO);
  if (!reason) reason = posix_spawn_file_actions_adddup2(actions, output, STDOUT_FILENO);
  if (!reason) reason = posix_spawn_file_actions_adddup2(actions, output, STDERR_FILENO);
  if (!reason) reason = posix_spawn_file_actions_addclosefrom_np(actions, STDERR_FILENO + 1);
  if (!reason) reason = posix_spawn_file_actions_addchdir_np(actions, "/");
  return reason;
}

static int set_attributes(posix_spawnattr_t *attributes) {
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  int reason = posix_spawnattr_setsigmask(attributes, &none);
  if (!reason) reason = posix_spawnattr_setsigdefault(attributes, &all);
  if (!reason) reason = posix_spawnattr_setpgroup(attributes, 0);
  if (!reason) {
    short flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
    reason = posix_spawnattr_setflags(attributes, flags);
  }
  return reason;
}

int linux_spawn(
    const char *path, char *const arguments[], char *const environment[], int input, int output, int *process) {
  posix_spawn_file_actions_t actions;
  int reason = posix_spawn_file_actions_init(&actions);
  if (reason) return reason;
  posix_spawnattr_t attributes;
  reason = posix_spawnattr_init(&attributes);
  if (!reason) {
    reason = set_actions(&actions, input, output);
    if (!reason) reason = set_attributes(&attributes);
    pid_t spawned = 0;
    if (!reason) reason = posix_spawn(&spawned, path, &actions, &attributes, arguments, environment);
    if (!reason) *process = spawned;
    posix_spawnattr_destroy(&attributes);
  }
  posix_spawn_file_actions_destroy(&actions);
  return reason;
}

int linux_process_descriptor(int process) { return (int)syscall(SYS_pidfd_open, process, 0); }

int linux_signal(int process_descriptor, int signal) {
  return (int)syscall(SYS_pidfd_send_signal, process_descriptor, signal, 0, 0);
}

int linux_poll(void *descriptors, uint64_t count, int64_t timeout_ns) {
  struct timespec timeout = {timeout_ns / 1000000000, timeout_ns % 1000000000};
  return ppoll(descriptors, count, &timeout, 0);
}
