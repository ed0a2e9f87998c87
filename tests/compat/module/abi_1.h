/* The binary interface between Ketrew and a backend module: version 1.
 *
 * A module is a shared object that exports one constant, `ketrew_backend`. `ketrew-backend-host`
 * loads one module into a process of its own, and speaks the backend protocol (backends/README.md)
 * for it with the daemon. Authors in C++ have an easier way: <ketrew/backend.hpp>.
 *
 * CONVENTIONS
 *
 *  1. The descriptor is judged as data, from the file, before the module is loaded and before
 *     anything in it is called. Nothing that the module's constructors do can change the verdict.
 *  2. Structures grow only at their end. Each begins with (or has, for the descriptor, at a fixed
 *     place) its own size in bytes, as its writer was compiled: a reader looks at a member only
 *     where the size says that it is there. A function pointer that is absent or NULL is a function
 *     that the module does not have.
 *  3. Text is JSON in UTF-8, with its length; it is not terminated by NUL. It belongs to the caller
 *     and lives until the call returns. An answer is written into the sink that the caller gives,
 *     in as many pieces as you like, during the call and by its thread. Nothing is ever freed
 *     across the line.
 *  4. No exception, longjmp or thread cancellation may cross the line, in either direction. A
 *     module must not call exit, change the signal dispositions or the working directory of the
 *     process, or read from descriptor 0. What it prints to descriptor 1 goes to the log.
 *  5. An outcome is never guessed. A failed call (any status but KETREW_OK) means "in doubt" for
 *     each of its starts and "cannot tell" for everything else; nothing is ever concluded from it.
 *  6. Jobs outlive the module. The process may be killed between any two instructions, and a new
 *     one is then given the states that were answered before; `shutdown` and `destroy` may never
 *     be called, and must not touch jobs.
 *
 * THREADS
 *
 *  [serial]  no other call into this instance is in progress.
 *  [lane]    as [serial], unless the descriptor has KETREW_CONCURRENT_HOSTS: then at most one such
 *            call for one host at a time, while those for other hosts go on at the same time.
 *            `check` has no host and counts as a host of its own.
 *  [any]     may be called from any thread at any time.
 *
 * Without KETREW_CONCURRENT_HOSTS all calls into a module come from one thread, the same for its
 * whole life. A call has no time limit here, but the daemon has (see "Deadlines" in
 * backends/README.md): it replaces the whole process, so answer "cannot tell" in time instead.
 */
#ifndef KETREW_BACKEND_H
#define KETREW_BACKEND_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of this interface. It changes only when an old module could no longer be used. */
#define KETREW_ABI_VERSION 1u

/* Eight bytes, without a terminating NUL. */
#define KETREW_BACKEND_MAGIC {'k', 'e', 't', 'r', 'e', 'w', 'b', 'k'}

/* Borrowed text: valid until the call that it was given to returns. */
typedef struct ketrew_text {
  const char* data; /* never NULL, unless size is 0 */
  size_t size;      /* in bytes */
} ketrew_text;

/* Where an answer is written. Only during the call that it was given to, only by that thread. */
typedef struct ketrew_sink {
  void* context;
  void (*write)(void* context, const char* data, size_t size); /* appends; cannot fail */
} ketrew_sink;

/* What a call returns. With any value but KETREW_OK the sink has, in place of the answer, the
 * reason: plain text of one line, for people. */
typedef int32_t ketrew_status;
enum {
  KETREW_OK = 0,
  KETREW_UNKNOWN_METHOD = -32601, /* this module has no such function */
  KETREW_INVALID = -32602,        /* the request is wrong: do not repeat it */
  KETREW_FAILED = -32000          /* anything else */
};

/* Levels of `log`. */
enum {
  KETREW_LOG_DEBUG = 0,
  KETREW_LOG_INFO = 1,
  KETREW_LOG_WARNING = 2,
  KETREW_LOG_ERROR = 3
};

struct ketrew_backend_descriptor;

/* What the module may ask of the process that loaded it. Given to `create`; lives, with all that it
 * points to, until `destroy` of that instance has returned. */
typedef struct ketrew_host_services {
  uint32_t size;     /* sizeof(ketrew_host_services), as the host was compiled */
  uint32_t reserved; /* 0 */
  void* context;     /* passed back with each call below */

  /* [any] One line for the log. `text` is plain text. */
  void (*log)(void* context, int32_t level, ketrew_text text);

  /* [any] Asks that these jobs be looked at now. `tokens` is a JSON array of strings. Returns at
   * once; `update` comes later, as for any other poll. Calls before `initialize` returned are
   * kept until then. */
  void (*changed)(void* context, ketrew_text tokens);

  /* [any] The descriptor of a module that was loaded before this one because this one's manifest
   * `requires` it, or NULL. It has been judged as this one was, and lives as long as the process:
   * make an instance of your own with its `create`, and keep its thread rules. */
  const struct ketrew_backend_descriptor* (*find_module)(void* context, const char* name);
} ketrew_host_services;

/* One use of the backend; its content is the module's own. */
typedef struct ketrew_instance ketrew_instance;

/* All requests have one shape: JSON in, JSON out. `request` and the answer are the `params` and
 * the `result` that backends/README.md gives for the method of the same name, except where it is
 * said below. */
typedef ketrew_status (*ketrew_call)(ketrew_instance* instance, ketrew_text request,
                                     ketrew_sink answer);

/* The functions. `create`, `destroy`, `initialize`, `start`, `find`, `update` and `kill` must be
 * there; the host answers for the others where they are absent or NULL. */
typedef struct ketrew_backend_functions {
  uint32_t size;     /* sizeof(ketrew_backend_functions), as the module was compiled */
  uint32_t reserved; /* 0 */

  /* [serial] Makes an instance, which does nothing yet: all work begins with `initialize`. On any
   * other status than KETREW_OK, `*instance` is left alone and nothing is to be destroyed. */
  ketrew_status (*create)(const ketrew_host_services* services, ketrew_instance** instance,
                          ketrew_sink error);

  /* [serial] Frees the instance; its threads have ended when this returns. Jobs go on. */
  void (*destroy)(ketrew_instance* instance);

  /* [serial] The first call after `create`, once. It should be quick: what needs time (asking a
   * controller for its version) belongs into `check`. */
  ketrew_call initialize;

  /* [lane] Starts jobs. The request is a JSON ARRAY of `params`, all of the same host; the answer
   * an array of results, one for each and in the same order: requests that wait for the same host
   * are put together, so that one command can serve many. Every start is first recorded durably
   * under its token by the caller; the token must reach wherever `find` will look for it. */
  ketrew_call start;

  /* [lane] Looks for jobs that may have been started. An array in, an array out, as `start`. */
  ketrew_call find;

  /* [lane] One observation for each of many jobs of one host. */
  ketrew_call update;

  /* [lane] Asks for the end of jobs of one host. A later `update` sees it. */
  ketrew_call kill;

  /* [lane] What else can be asked about a job; one of these asked; its labelled values. */
  ketrew_call queries;
  ketrew_call query;
  ketrew_call log;

  /* [lane] Whether it can work here. Starts nothing. */
  ketrew_call check;

  /* [serial] Nothing but `destroy` follows. The answer is {}. */
  ketrew_call shutdown;
} ketrew_backend_functions;

/* Flags of the descriptor. Unknown flags are ignored. */
#define KETREW_CONCURRENT_HOSTS UINT64_C(1) /* [lane] calls for different hosts may overlap */

/* What a module exports, under the name `ketrew_backend`. All but `functions` can be read from the
 * file without relocation. */
typedef struct ketrew_backend_descriptor {
  unsigned char magic[8]; /* KETREW_BACKEND_MAGIC */
  uint32_t size;          /* sizeof(ketrew_backend_descriptor), as the module was compiled */
  uint32_t abi;           /* KETREW_ABI_VERSION */
  uint64_t flags;         /* KETREW_CONCURRENT_HOSTS, or 0 */
  char name[64];          /* of the backend: [a-z0-9_-], begins with a letter, ends with NUL */
  char version[32];       /* of the backend: plain text, ends with NUL */
  const ketrew_backend_functions* functions;
} ketrew_backend_descriptor;

#if defined(__GNUC__)
#define KETREW_EXPORT __attribute__((visibility("default")))
#else
#define KETREW_EXPORT
#endif

/* The exported constant's name. `ketrew_add_backend` gives each backend a name of its own here and
 * exports it as `ketrew_backend`, so that several can also be linked into one program. */
#ifndef KETREW_BACKEND_SYMBOL
#define KETREW_BACKEND_SYMBOL ketrew_backend
#endif

extern KETREW_EXPORT const ketrew_backend_descriptor KETREW_BACKEND_SYMBOL;

#ifdef __cplusplus
}
#endif

#endif /* KETREW_BACKEND_H */
