#include "backends/daemonize/supervisor_program.hpp"

#include <cerrno>
#include <vector>

#include <dlfcn.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/file.hpp"
#include "core/base/text.hpp"

namespace ketrew::daemonize {
namespace {

std::string folder_of(std::string path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

std::string real(const std::string& path) {
  char buffer[PATH_MAX];
  return ::realpath(path.c_str(), buffer) ? buffer : path;
}

}  // namespace

Result<std::string> supervisor_program(const std::string& configured) {
  if (!configured.empty()) return expand_path(configured);
  std::vector<std::string> folders;
  Dl_info info{};
  static const char here = 0;
  if (::dladdr(&here, &info) != 0 && info.dli_fname && std::strchr(info.dli_fname, '/'))
    folders.push_back(folder_of(real(info.dli_fname)));
  folders.push_back(folder_of(real("/proc/self/exe")));
  std::vector<std::string> tried;
  for (const auto& folder : folders)
    for (const char* way :
         {"", "/../libexec/ketrew", "/../../libexec/ketrew", "/../../../../libexec/ketrew"}) {
      const std::string path = folder + way + "/ketrew-supervisor";
      if (::access(path.c_str(), X_OK) == 0) return real(path);
      tried.push_back(path);
    }
  return fail(ErrorKind::not_found, "no ketrew-supervisor at " + join(tried, ", "),
              "install it, or give its path as the option `supervisor` of the plugin");
}

}  // namespace ketrew::daemonize
