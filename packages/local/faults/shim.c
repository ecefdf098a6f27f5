// Preloaded into a process, it watches the system calls that touch one folder, and at one of them makes the call fail, write less
// than it was asked to, or never return because the process is killed. What it is to do, and what it saw, is in a file that is
// shared with shim.ts.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <dirent.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

// Kinds of calls, as a set.
enum { CHANGE = 1, WRITE = 2, OPEN = 4, READ = 8 };
enum { FAIL = 1, SHORT = 2, KILL = 3, KILL_HALFWAY = 4, SHORT_THEN_FAIL = 5 };

struct shared {
  uint32_t kinds;  // the calls that are points
  uint32_t action;
  uint32_t first;  // the points to act at, counted from 1
  uint32_t last;
  int32_t error;
  _Atomic uint32_t seen;  // points so far
  _Atomic uint32_t hits;  // how many of them were acted at
  _Atomic uint32_t logged;  // bytes of the log
  char log[];  // a line per point: the call, and the paths in the folder
};

#define SHARED_SIZE (256 * 1024)

static struct shared *shared;
static const char *scope;
static size_t scope_length;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

__attribute__((constructor)) static void start(void) {
  const char *path = getenv("F9_FAULTS_SHARED");
  scope = getenv("F9_FAULTS_SCOPE");
  if (path == NULL || scope == NULL) return;
  scope_length = strlen(scope);
  int fd = open(path, O_RDWR | O_CLOEXEC);
  void *mapped = fd < 0 ? MAP_FAILED : mmap(NULL, SHARED_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (mapped == MAP_FAILED) {
    perror("f9 fault shim");
    _exit(70);
  }
  close(fd);
  shared = mapped;
}

// Where a call goes: an open file (no path), or a path, maybe by way of an open directory.
static bool is_in_scope(int fd, const char *path, char where[PATH_MAX]) {
  const char *rest = path;
  int length = 0;
  if (path != NULL && sscanf(path, "/proc/self/fd/%d%n", &fd, &length) == 1) rest = path + length;
  if (path == NULL || length > 0 || (path[0] != '/' && fd >= 0)) {
    char link[32], directory[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(link, directory, sizeof directory - 1);
    if (size < 0) return false;
    directory[size] = 0;
    const char *slash = rest == NULL || rest[0] == '/' || rest[0] == 0 ? "" : "/";
    if (snprintf(where, PATH_MAX, "%s%s%s", directory, slash, rest == NULL ? "" : rest) >= PATH_MAX) return false;
  } else {
    snprintf(where, PATH_MAX, "%s", path);
  }
  return strncmp(where, scope, scope_length) == 0 && (where[scope_length] == '/' || where[scope_length] == 0);
}

static void note(const char *name, const char *where, const char *to) {
  char line[2 * PATH_MAX + 64];
  int size = snprintf(line, sizeof line, "%s .%s%s%s\n", name, where + scope_length, to[0] ? " ." : "",
                      to[0] ? to + scope_length : "");
  uint32_t at = atomic_fetch_add(&shared->logged, size);
  if (at + size < SHARED_SIZE - sizeof *shared) memcpy(shared->log + at, line, size);
}

static void die(void) {
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

struct target {
  int fd;
  const char *path;
};

// What to do at a call. `to` is the second path of a call that has two.
static uint32_t reach(uint32_t kinds, const char *name, struct target from, struct target to) {
  if (shared == NULL || (shared->kinds & kinds) == 0) return 0;
  char where[PATH_MAX], second[PATH_MAX] = "";
  bool is_in = is_in_scope(from.fd, from.path, where);
  if (to.path != NULL && is_in_scope(to.fd, to.path, second)) {
    if (!is_in) strcpy(where, scope);
    is_in = true;
  }
  if (!is_in) return 0;
  note(name, where, second);
  uint32_t point = atomic_fetch_add(&shared->seen, 1) + 1;
  if (point < shared->first || point > shared->last) return 0;
  uint32_t action = shared->action;
  if (action == SHORT_THEN_FAIL) {
    // Another file that is written at the same time is not the one that was told of a short write.
    static _Atomic int cut = -1;
    int expected = from.fd;
    action = point == shared->first ? SHORT : FAIL;
    if (action == SHORT) atomic_store(&cut, from.fd);
    else if (!atomic_compare_exchange_strong(&cut, &expected, -1)) return 0;
  }
  atomic_fetch_add(&shared->hits, 1);
  if (action == KILL) die();
  if (action == FAIL) errno = shared->error;
  return action;
}

#define AT(path) ((struct target){AT_FDCWD, path})
#define NOWHERE AT(NULL)

// Files below a directory of this name count as those of another filesystem.
static bool is_elsewhere(const char *path) {
  char where[PATH_MAX];
  return is_in_scope(AT_FDCWD, path, where) && strstr(where, "/mounted/") != NULL;
}

#define WATCH(kinds, result, name, parameters, arguments, from, to) \
  result name parameters { \
    if (reach(kinds, #name, from, to) == FAIL) return -1; \
    return REAL(name) arguments; \
  }
#define BY_PATH(name, parameters, arguments) WATCH(CHANGE, int, name, parameters, arguments, AT(path), NOWHERE)
#define BY_FD(name, parameters, arguments) \
  WATCH(CHANGE, int, name, parameters, arguments, ((struct target){fd, NULL}), NOWHERE)
#define IN_DIRECTORY(name, parameters, arguments) \
  WATCH(CHANGE, int, name, parameters, arguments, ((struct target){fd, path}), NOWHERE)

BY_PATH(mkdir, (const char *path, mode_t mode), (path, mode))
BY_PATH(rmdir, (const char *path), (path))
BY_PATH(unlink, (const char *path), (path))
BY_PATH(chmod, (const char *path, mode_t mode), (path, mode))
BY_PATH(chown, (const char *path, uid_t user, gid_t group), (path, user, group))
BY_PATH(lchown, (const char *path, uid_t user, gid_t group), (path, user, group))
BY_PATH(truncate, (const char *path, off_t size), (path, size))
BY_PATH(symlink, (const char *target, const char *path), (target, path))
BY_FD(fsync, (int fd), (fd))
BY_FD(fdatasync, (int fd), (fd))
BY_FD(ftruncate64, (int fd, off64_t size), (fd, size))
BY_FD(fchmod, (int fd, mode_t mode), (fd, mode))
BY_FD(fchown, (int fd, uid_t user, gid_t group), (fd, user, group))
BY_FD(futimens, (int fd, const struct timespec times[2]), (fd, times))
IN_DIRECTORY(unlinkat, (int fd, const char *path, int flags), (fd, path, flags))
IN_DIRECTORY(fchmodat, (int fd, const char *path, mode_t mode, int flags), (fd, path, mode, flags))
IN_DIRECTORY(utimensat, (int fd, const char *path, const struct timespec times[2], int flags),
             (fd, path, times, flags))
#define BY_TWO_PATHS(name) \
  int name(const char *from, const char *to) { \
    if (reach(CHANGE, #name, AT(from), AT(to)) == FAIL) return -1; \
    if (shared != NULL && shared->kinds != 0 && is_elsewhere(from) != is_elsewhere(to)) { \
      errno = EXDEV; \
      return -1; \
    } \
    return REAL(name)(from, to); \
  }
BY_TWO_PATHS(rename)
BY_TWO_PATHS(link)


WATCH(READ, ssize_t, read, (int fd, void *data, size_t size), (fd, data, size), ((struct target){fd, NULL}), NOWHERE)
WATCH(READ, ssize_t, pread64, (int fd, void *data, size_t size, off64_t at), (fd, data, size, at),
      ((struct target){fd, NULL}), NOWHERE)
WATCH(OPEN, int, scandir64,
      (const char *path, struct dirent64 ***entries, int (*filter)(const struct dirent64 *),
       int (*compare)(const struct dirent64 **, const struct dirent64 **)),
      (path, entries, filter, compare), AT(path), NOWHERE)

#define WATCH_OPEN(name, parameters, fd, ...) \
  int name parameters { \
    va_list more; \
    va_start(more, flags); \
    mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(more, mode_t) : 0; \
    va_end(more); \
    bool changes = (flags & (O_CREAT | O_TRUNC)) != 0 || (flags & O_ACCMODE) != O_RDONLY; \
    if (reach(changes ? CHANGE : OPEN, #name, ((struct target){fd, path}), NOWHERE) == FAIL) return -1; \
    return REAL(name)(__VA_ARGS__, flags, mode); \
  }

WATCH_OPEN(open, (const char *path, int flags, ...), AT_FDCWD, path)
WATCH_OPEN(open64, (const char *path, int flags, ...), AT_FDCWD, path)
WATCH_OPEN(openat, (int fd, const char *path, int flags, ...), fd, fd, path)

// Calls that write: half of it for SHORT and KILL_HALFWAY.
#define WATCH_WRITE(name, parameters, size, half, whole) \
  ssize_t name parameters { \
    uint32_t action = reach(CHANGE | WRITE, #name, ((struct target){fd, NULL}), NOWHERE); \
    if (action == FAIL) return -1; \
    if (action == 0 || (size) < 2) return REAL(name) whole; \
    ssize_t written = REAL(name) half; \
    if (action == KILL_HALFWAY) die(); \
    return written; \
  }

WATCH_WRITE(write, (int fd, const void *data, size_t size), size, (fd, data, size / 2), (fd, data, size))
WATCH_WRITE(pwrite64, (int fd, const void *data, size_t size, off64_t at), size, (fd, data, size / 2, at),
            (fd, data, size, at))
WATCH_WRITE(writev, (int fd, const struct iovec *parts, int count), count, (fd, parts, count / 2), (fd, parts, count))
WATCH_WRITE(sendfile64, (int fd, int from, off64_t *at, size_t size), size, (fd, from, at, size / 2),
            (fd, from, at, size))

long syscall(long number, ...) {
  va_list more;
  va_start(more, number);
  long a[6];
  for (int i = 0; i < 6; i++) a[i] = va_arg(more, long);
  va_end(more);
  if (number == SYS_copy_file_range) {
    uint32_t action = reach(CHANGE | WRITE, "copy_file_range", ((struct target){a[2], NULL}), NOWHERE);
    if (action == FAIL) return -1;
    if (action != 0) a[4] = a[4] / 2 + a[4] % 2;
    if (action == KILL_HALFWAY) {
      REAL(syscall)(number, a[0], a[1], a[2], a[3], a[4], a[5]);
      die();
    }
  }
  return REAL(syscall)(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
