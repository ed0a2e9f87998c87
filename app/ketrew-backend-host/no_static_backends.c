/* This program has no backend of its own: it loads one. */
#include "app/ketrew-backend-host/static_backends.h"

const ketrew_backend_descriptor* const ketrew_static_backends[] = {NULL};
