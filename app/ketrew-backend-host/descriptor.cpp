#include "app/ketrew-backend-host/descriptor.hpp"

#include <array>
#include <cstring>

#include "app/ketrew-backend-host/functions.hpp"

namespace ketrew::backend_host {
namespace {

constexpr unsigned char magic[8] = KETREW_BACKEND_MAGIC;

bool is_name(std::string_view text) {
  if (text.empty() || text.front() < 'a' || text.front() > 'z') return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

}  // namespace

Result<> judge_descriptor(std::string_view bytes) {
  ketrew_backend_descriptor seen{};
  // The first sixteen bytes have been the same in all versions, and will be.
  constexpr std::size_t fixed = offsetof(ketrew_backend_descriptor, flags);
  if (bytes.size() < fixed) return fail(ErrorKind::invalid, "its descriptor is cut off");
  std::memcpy(&seen, bytes.data(), std::min(bytes.size(), sizeof seen));
  if (std::memcmp(seen.magic, magic, sizeof magic) != 0)
    return fail(ErrorKind::invalid, "its `ketrew_backend` is not a backend's descriptor");
  if (seen.abi != KETREW_ABI_VERSION)
    return fail(ErrorKind::conflict,
                "it was built for version " + std::to_string(seen.abi) +
                    " of the backend ABI; this Ketrew has version " +
                    std::to_string(KETREW_ABI_VERSION),
                "build it against this Ketrew");
  if (seen.size < sizeof seen || bytes.size() < sizeof seen)
    return fail(ErrorKind::invalid, "its descriptor is too small (" + std::to_string(seen.size) +
                                        " bytes, at least " + std::to_string(sizeof seen) + ")");
  if (!std::memchr(seen.name, 0, sizeof seen.name) || !is_name(seen.name))
    return fail(ErrorKind::invalid, "the name in its descriptor is not [a-z][a-z0-9_-]*");
  if (!std::memchr(seen.version, 0, sizeof seen.version) || !is_utf8(seen.version))
    return fail(ErrorKind::invalid, "the version in its descriptor is not plain text");
  return {};
}

Result<> judge_functions(const ketrew_backend_descriptor& descriptor) {
  const ketrew_backend_functions* functions = descriptor.functions;
  if (!functions) return fail(ErrorKind::invalid, "its descriptor has no functions");
  if (functions->size < offsetof(ketrew_backend_functions, initialize) || !functions->create ||
      !functions->destroy)
    return fail(ErrorKind::invalid, "it has no `create` or no `destroy`");
  for (const Method& method : methods)
    if (method.required && !has_function(*functions, method))
      return fail(ErrorKind::invalid, std::string("it has no `") + method.name + '`');
  return {};
}

Json describe(const ketrew_backend_descriptor& descriptor) {
  Json functions = Json::array();
  for (const Method& method : methods)
    if (has_function(*descriptor.functions, method)) functions.push_back(method.name);
  return Json{{"name", descriptor.name},
              {"version", descriptor.version},
              {"abi", descriptor.abi},
              {"concurrent_hosts", (descriptor.flags & KETREW_CONCURRENT_HOSTS) != 0},
              {"concurrent_calls", (descriptor.flags & KETREW_CONCURRENT_CALLS) != 0},
              {"functions", functions}};
}

}  // namespace ketrew::backend_host
