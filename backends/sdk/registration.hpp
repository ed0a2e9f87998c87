// One line makes a class derived from `Backend` or `Delegate` a module:
//
//   KETREW_BACKEND(MyBackend, "my_backend", "1.0")      at namespace scope, in one .cpp
//
// It defines the exported descriptor of ketrew/backend.h. The name is [a-z][a-z0-9_-]*.
#pragma once

#include <memory>
#include <string_view>

#include <ketrew/backend.h>

#include "backends/sdk/module.hpp"

namespace ketrew::sdk {

// The C functions over a Module, but `create`: that one knows the class. Never throw.
ketrew_status create_instance(std::unique_ptr<Module> (*make)(), const char* name,
                              const char* version, const ketrew_host_services* services,
                              ketrew_instance** instance, ketrew_sink error) noexcept;

extern "C" {
void ketrew_sdk_destroy(ketrew_instance*) noexcept;
ketrew_status ketrew_sdk_initialize(ketrew_instance*, ketrew_text, ketrew_sink) noexcept;
ketrew_status ketrew_sdk_start(ketrew_instance*, ketrew_text, ketrew_sink) noexcept;
ketrew_status ketrew_sdk_find(ketrew_instance*, ketrew_text, ketrew_sink) noexcept;
ketrew_status ketrew_sdk_update(ketrew_instance*, ketrew_text, ketrew_sink) noexcept;
ketrew_status ketrew_sdk_kill(ketrew_instance*, ketrew_text, ketrew_sink) noexcept;
ketrew_status ketrew_sdk_queries(ketrew_instance*, ketrew_text, ketrew_sink) noexcept;
ketrew_status ketrew_sdk_query(ketrew_instance*, ketrew_text, ketrew_sink) noexcept;
ketrew_status ketrew_sdk_log(ketrew_instance*, ketrew_text, ketrew_sink) noexcept;
ketrew_status ketrew_sdk_check(ketrew_instance*, ketrew_text, ketrew_sink) noexcept;
ketrew_status ketrew_sdk_shutdown(ketrew_instance*, ketrew_text, ketrew_sink) noexcept;
ketrew_status ketrew_sdk_inventory(ketrew_instance*, ketrew_text, ketrew_sink) noexcept;
}

using CreateFunction = ketrew_status (*)(const ketrew_host_services*, ketrew_instance**,
                                         ketrew_sink);
constexpr ketrew_backend_functions functions_with(CreateFunction create) {
  return {sizeof(ketrew_backend_functions),
          0,
          create,
          ketrew_sdk_destroy,
          ketrew_sdk_initialize,
          ketrew_sdk_start,
          ketrew_sdk_find,
          ketrew_sdk_update,
          ketrew_sdk_kill,
          ketrew_sdk_queries,
          ketrew_sdk_query,
          ketrew_sdk_log,
          ketrew_sdk_check,
          ketrew_sdk_shutdown,
          ketrew_sdk_inventory};
}

// Fills the descriptor at compile time, so that it can be read from the file.
constexpr ketrew_backend_descriptor descriptor(std::string_view name, std::string_view version,
                                               bool concurrent_hosts, bool concurrent_calls,
                                               const ketrew_backend_functions* functions) {
  ketrew_backend_descriptor out{KETREW_BACKEND_MAGIC,
                                sizeof(ketrew_backend_descriptor),
                                KETREW_ABI_VERSION,
                                (concurrent_hosts ? KETREW_CONCURRENT_HOSTS : 0) |
                                    (concurrent_calls ? KETREW_CONCURRENT_CALLS : 0),
                                {},
                                {},
                                functions};
  if (name.size() >= sizeof out.name || version.size() >= sizeof out.version)
    throw "the name or version of the backend is too long";  // does not compile
  for (std::size_t i = 0; i < name.size(); ++i) out.name[i] = name[i];
  for (std::size_t i = 0; i < version.size(); ++i) out.version[i] = version[i];
  return out;
}

template <class Class>
std::unique_ptr<Module> make_module() {
  return std::make_unique<Class>();
}

}  // namespace ketrew::sdk

#define KETREW_BACKEND(Class, name_text, version_text)                                             \
  namespace {                                                                                      \
  ketrew_status ketrew_sdk_create_of_this(const ketrew_host_services* services,                    \
                                          ketrew_instance** instance, ketrew_sink error) {         \
    return ketrew::sdk::create_instance(&ketrew::sdk::make_module<Class>, name_text, version_text, \
                                        services, instance, error);                                \
  }                                                                                                \
  constexpr ketrew_backend_functions ketrew_sdk_functions_of_this =                                \
      ketrew::sdk::functions_with(&ketrew_sdk_create_of_this);                                     \
  }                                                                                                \
  extern "C" constexpr ketrew_backend_descriptor KETREW_BACKEND_SYMBOL = ketrew::sdk::descriptor(  \
      name_text, version_text, Class::concurrent_hosts, Class::concurrent_calls,                   \
      &ketrew_sdk_functions_of_this);                                                              \
  static_assert(true, "wants a semicolon, or none")
