/* The layout of the binary interface as a C compiler sees it: also the test that the header is C. */
#include <ketrew/backend.h>

#include <stdio.h>

int ketrew_abi_layout(char* out, size_t size);

#define ROW(type, member)                                                                  \
  used += (size_t)snprintf(out + used, size - used, "%s.%s %zu %zu\n", #type, #member,     \
                           offsetof(type, member), sizeof(((type*)0)->member))
#define SIZE(type) used += (size_t)snprintf(out + used, size - used, "%s %zu\n", #type, sizeof(type))
#define CONSTANT(name) \
  used += (size_t)snprintf(out + used, size - used, "%s %lld\n", #name, (long long)(name))

int ketrew_abi_layout(char* out, size_t size) {
  size_t used = 0;
  CONSTANT(KETREW_ABI_VERSION);
  CONSTANT(KETREW_OK);
  CONSTANT(KETREW_UNKNOWN_METHOD);
  CONSTANT(KETREW_INVALID);
  CONSTANT(KETREW_FAILED);
  CONSTANT(KETREW_LOG_DEBUG);
  CONSTANT(KETREW_LOG_INFO);
  CONSTANT(KETREW_LOG_WARNING);
  CONSTANT(KETREW_LOG_ERROR);
  CONSTANT(KETREW_CONCURRENT_HOSTS);
  CONSTANT(KETREW_CONCURRENT_CALLS);
  SIZE(ketrew_text);
  ROW(ketrew_text, data);
  ROW(ketrew_text, size);
  SIZE(ketrew_sink);
  ROW(ketrew_sink, context);
  ROW(ketrew_sink, write);
  SIZE(ketrew_host_services);
  ROW(ketrew_host_services, size);
  ROW(ketrew_host_services, reserved);
  ROW(ketrew_host_services, context);
  ROW(ketrew_host_services, log);
  ROW(ketrew_host_services, changed);
  ROW(ketrew_host_services, find_module);
  SIZE(ketrew_backend_functions);
  ROW(ketrew_backend_functions, size);
  ROW(ketrew_backend_functions, reserved);
  ROW(ketrew_backend_functions, create);
  ROW(ketrew_backend_functions, destroy);
  ROW(ketrew_backend_functions, initialize);
  ROW(ketrew_backend_functions, start);
  ROW(ketrew_backend_functions, find);
  ROW(ketrew_backend_functions, update);
  ROW(ketrew_backend_functions, kill);
  ROW(ketrew_backend_functions, queries);
  ROW(ketrew_backend_functions, query);
  ROW(ketrew_backend_functions, log);
  ROW(ketrew_backend_functions, check);
  ROW(ketrew_backend_functions, shutdown);
  ROW(ketrew_backend_functions, inventory);
  SIZE(ketrew_backend_descriptor);
  ROW(ketrew_backend_descriptor, magic);
  ROW(ketrew_backend_descriptor, size);
  ROW(ketrew_backend_descriptor, abi);
  ROW(ketrew_backend_descriptor, flags);
  ROW(ketrew_backend_descriptor, name);
  ROW(ketrew_backend_descriptor, version);
  ROW(ketrew_backend_descriptor, functions);
  return (int)used;
}
