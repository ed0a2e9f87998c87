#include <cerrno>

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include "core/base/file.hpp"
#include "core/base/text.hpp"
#include "core/store/examine.hpp"

namespace ketrew::store {
namespace {

// The file system's type by the kernel's table of mounts: "36 35 98:0 /root /mount opts - ext3
// ...".
std::string mount_type(dev_t device) {
  const auto table = read_file("/proc/self/mountinfo");
  if (!table) return {};
  const std::string number = std::to_string(major(device)) + ":" + std::to_string(minor(device));
  for (const auto& line : split(*table, '\n')) {
    const auto words = split(line, ' ');
    if (words.size() < 3 || words[2] != number) continue;
    for (std::size_t i = 3; i + 1 < words.size(); ++i)
      if (words[i] == "-") return words[i + 1];
  }
  return {};
}

}  // namespace

std::string network_file_system(std::uint64_t magic, const std::string& type) {
  switch (magic & 0xffffffffu) {
    case 0x6969: return "nfs";
    case 0x517b: return "smb";
    case 0xfe534d42: return "smb2";
    case 0xff534d42: return "cifs";
    case 0x0bd00bd0: return "lustre";
    case 0x47504653: return "gpfs";
    case 0x00c36400: return "ceph";
    case 0x01021997: return "9p";
    case 0x5346414f:
    case 0x6b414653: return "afs";
    case 0x19830326: return "beegfs";
    case 0xaad7aaea: return "panfs";
    case 0x73757245: return "coda";
    case 0x65735546: break;  // FUSE
    default: return {};
  }
  static const std::vector<std::string> remote = {
      "sshfs",    "glusterfs", "ceph",    "s3fs",    "rclone",  "davfs", "curlftpfs",
      "smbnetfs", "beegfs",    "juicefs", "moosefs", "gcsfuse", "afp"};
  for (const auto& name : remote)
    if (type.find(name) != std::string::npos) return type;
  return {};
}

Result<> refuse_network_file_system(const std::string& directory) {
  struct statfs fs {};
  struct stat st {};
  if (::statfs(directory.c_str(), &fs) != 0 || ::stat(directory.c_str(), &st) != 0)
    return fail_errno("look at " + directory, errno);
  const auto name =
      network_file_system(static_cast<std::uint64_t>(fs.f_type), mount_type(st.st_dev));
  if (name.empty()) return {};
  return fail(ErrorKind::denied,
              directory + " is on a network file system (" + name +
                  "), where SQLite's locks cannot be relied on",
              "set KETREW_HOME to a local folder, or allow it in the profile");
}

}  // namespace ketrew::store
