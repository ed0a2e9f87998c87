// The methods of the protocol and where each is in a module's table of functions.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include <ketrew/backend.h>

namespace ketrew::backend_host {

// What a method's params and result look like to the module, and how its calls are ordered.
enum class Shape {
  once,     // [serial]; params as they are
  batched,  // [lane]; an array of params, put together from requests that wait
  single,   // [lane]; params as they are
};

// With KETREW_CONCURRENT_CALLS, what may go on for one host at the same time, one of each.
enum class Kind : char { other = 'o', begin = 'b', look = 'l' };

struct Method {
  const char* name;
  std::size_t offset;  // in ketrew_backend_functions
  Shape shape;
  bool has_host;
  bool required;
  const char* without;  // the result where the module has no such function; nullptr: an error
  Kind kind = Kind::other;
  bool starts = false;  // it begins something, and waits behind the calls of its lane that do not
};

inline constexpr std::array<Method, 11> methods = {{
    {"initialize", offsetof(ketrew_backend_functions, initialize), Shape::once, false, true,
     nullptr},
    {"start", offsetof(ketrew_backend_functions, start), Shape::batched, true, true, nullptr,
     Kind::begin, true},
    {"find", offsetof(ketrew_backend_functions, find), Shape::batched, true, true, nullptr,
     Kind::begin},
    {"update", offsetof(ketrew_backend_functions, update), Shape::single, true, true, nullptr,
     Kind::look},
    {"kill", offsetof(ketrew_backend_functions, kill), Shape::single, true, true, nullptr},
    {"queries", offsetof(ketrew_backend_functions, queries), Shape::single, true, false,
     R"({"queries":[]})"},
    {"query", offsetof(ketrew_backend_functions, query), Shape::single, true, false, nullptr},
    {"log", offsetof(ketrew_backend_functions, log), Shape::single, true, false,
     R"({"values":[]})"},
    {"check", offsetof(ketrew_backend_functions, check), Shape::single, false, false,
     R"({"checks":[]})"},
    {"shutdown", offsetof(ketrew_backend_functions, shutdown), Shape::once, false, false, "{}"},
    {"inventory", offsetof(ketrew_backend_functions, inventory), Shape::single, true, false, nullptr},
}};

const Method* find_method(std::string_view name);  // nullptr: none of the protocol's
// nullptr where the table is too small for it, or has nothing there.
ketrew_call function_of(const ketrew_backend_functions& functions, const Method& method);
inline bool has_function(const ketrew_backend_functions& functions, const Method& method) {
  return function_of(functions, method) != nullptr;
}

}  // namespace ketrew::backend_host
