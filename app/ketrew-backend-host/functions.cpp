#include "app/ketrew-backend-host/functions.hpp"

#include <cstring>

namespace ketrew::backend_host {

const Method* find_method(std::string_view name) {
  for (const Method& method : methods)
    if (name == method.name) return &method;
  return nullptr;
}

ketrew_call function_of(const ketrew_backend_functions& functions, const Method& method) {
  ketrew_call call = nullptr;
  if (method.offset + sizeof call > functions.size) return nullptr;
  // By offset, because the module's table may be shorter than the type says.
  std::memcpy(&call, reinterpret_cast<const char*>(&functions) + method.offset, sizeof call);
  return call;
}

}  // namespace ketrew::backend_host
