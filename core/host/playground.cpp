#include "core/host/playground.hpp"

#include "core/base/file.hpp"

namespace ketrew::host {

std::string Playground::file(std::string_view name) const { return path_join(path, name); }

Playground playground_of(const HostUri& host, std::string_view token) {
  return {path_join(host.playground, token)};
}

bool is_token(std::string_view text) {
  return !text.empty() && text.size() < 64 && text.front() != '-' &&
         text.find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyz-") == std::string_view::npos;
}

}  // namespace ketrew::host
