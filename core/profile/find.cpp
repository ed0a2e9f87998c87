#include "core/profile/find.hpp"

#include <cerrno>
#include <cstdlib>

#include <sys/stat.h>
#include <unistd.h>

#include "core/base/file.hpp"

namespace ketrew::profile {
namespace {

std::string from_environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

Result<std::string> absolute(const std::string& path) {
  if (!path.empty() && path[0] == '/') return path;
  char here[4096];
  if (!::getcwd(here, sizeof here)) return fail_errno("current directory", errno);
  return path_join(here, path);
}

bool is_absent(const std::string& path) {
  struct stat st {};
  return ::stat(path.c_str(), &st) != 0 && (errno == ENOENT || errno == ENOTDIR);
}

}  // namespace

Result<std::string> ketrew_home() {
  std::string home = from_environment("KETREW_HOME");
  if (home.empty()) {
    auto expanded = expand_path("~/.ketrew");
    if (!expanded)
      return fail(ErrorKind::invalid, "no home directory is known", "set KETREW_HOME to a folder");
    home = std::move(*expanded);
  }
  while (home.size() > 1 && home.back() == '/') home.pop_back();
  return absolute(home);
}

std::string socket_path(const std::string& home) { return path_join(home, "ketrewd.sock"); }

std::string share_folder() {
  if (auto set = from_environment("KETREW_SHARE"); !set.empty()) return set;
  char buffer[4096];
  const ssize_t size = ::readlink("/proc/self/exe", buffer, sizeof buffer);
  if (size <= 0) return "";
  std::string folder(buffer, static_cast<std::size_t>(size));
  // <prefix>/bin/ketrewd and <build>/app/ketrewd/ketrewd: one folder up, or two; a test program
  // lies one deeper.
  for (int up = 0; up < 4; ++up) {
    folder.resize(std::min(folder.rfind('/'), folder.size()));
    if (up == 0) continue;
    const std::string share = folder + "/share/ketrew";
    if (!is_absent(share + "/ketrew.yaml")) return share;
  }
  return "";
}

Result<ProfileFile> find_profile_file(const std::string& option, const std::string& home) {
  if (!option.empty()) return ProfileFile{option, "--config"};
  if (auto set = from_environment("KETREW_CONFIG"); !set.empty())
    return ProfileFile{std::move(set), "$KETREW_CONFIG"};
  const std::string own = path_join(home, "ketrew.yaml");
  if (!is_absent(own)) return ProfileFile{own, "the home"};
  const std::string share = share_folder();
  if (!share.empty()) return ProfileFile{path_join(share, "ketrew.yaml"), "the installation"};
  return fail(ErrorKind::not_found, "no profile file: neither " + own + " nor a shipped one",
              "give one by --config FILE or $KETREW_CONFIG");
}

std::string profile_name(const std::string& option) {
  if (!option.empty()) return option;
  const std::string set = from_environment("KETREW_PROFILE");
  return set.empty() ? "default" : set;
}

Result<std::string> expand(const std::string& text) {
  if (std::getenv("KETREW_SHARE")) return expand_path(text);
  for (const std::string name : {"$KETREW_SHARE", "${KETREW_SHARE}"}) {
    if (text.compare(0, name.size(), name) != 0) continue;
    const std::string rest = text.substr(name.size());
    if (!rest.empty() && rest[0] != '/') continue;
    const std::string share = share_folder();
    if (share.empty())
      return fail(ErrorKind::invalid,
                  "$KETREW_SHARE in " + text + " is not set, and no shipped files are found");
    auto expanded = expand_path(rest);
    if (!expanded) return expanded;
    return share + *expanded;
  }
  return expand_path(text);
}

}  // namespace ketrew::profile
