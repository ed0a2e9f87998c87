/* The backends that were linked into this program, those that others build on first; NULL at the
 * end. `ketrew_add_backend(... STATIC)` writes the table; without entries the program loads one. */
#ifndef KETREW_STATIC_BACKENDS_H
#define KETREW_STATIC_BACKENDS_H

#include <ketrew/backend.h>

#ifdef __cplusplus
extern "C" {
#endif
extern const ketrew_backend_descriptor* const ketrew_static_backends[];
#ifdef __cplusplus
}
#endif

#endif
