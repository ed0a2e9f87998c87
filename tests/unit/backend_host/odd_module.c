/* A module in plain C that answers oddly: broken JSON, pretty JSON, too few answers. With another
 * TEST_ABI it is for another Ketrew, and its constructor must never run. */
#include <ketrew/backend.h>

#include <stdlib.h>
#include <string.h>

#ifdef TEST_ABI
__attribute__((constructor)) static void too_early(void) { abort(); }
#else
#define TEST_ABI KETREW_ABI_VERSION
#endif

static ketrew_status say(ketrew_sink sink, const char* text) {
  sink.write(sink.context, text, strlen(text));
  return KETREW_OK;
}
static ketrew_status create(const ketrew_host_services* services, ketrew_instance** instance,
                            ketrew_sink error) {
  (void)error;
  *instance = (ketrew_instance*)(size_t)services;
  return KETREW_OK;
}
static void destroy(ketrew_instance* instance) { (void)instance; }
static ketrew_status initialize(ketrew_instance* instance, ketrew_text request, ketrew_sink answer) {
  (void)instance, (void)request;
  return say(answer, "{\n  \"protocol\": 1,\r\n  \"name\": \"odd\"\n}");
}
static ketrew_status start(ketrew_instance* instance, ketrew_text request, ketrew_sink answer) {
  (void)instance, (void)request;
  return say(answer, "[]");
}
static ketrew_status broken(ketrew_instance* instance, ketrew_text request, ketrew_sink answer) {
  (void)instance, (void)request;
  return say(answer, "{\"jobs\": [");
}
static ketrew_status failing(ketrew_instance* instance, ketrew_text request, ketrew_sink answer) {
  (void)instance, (void)request;
  say(answer, "not\ntoday \xff");
  return KETREW_FAILED;
}

static const ketrew_backend_functions functions = {
    offsetof(ketrew_backend_functions, query), 0, create, destroy, initialize, start, start,
    broken, failing, NULL, NULL, NULL, NULL, NULL};

KETREW_EXPORT const ketrew_backend_descriptor ketrew_backend = {
    KETREW_BACKEND_MAGIC, sizeof(ketrew_backend_descriptor), TEST_ABI, 0, "odd", "1.0", &functions};
