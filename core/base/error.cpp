#include "core/base/error.hpp"

#include <cerrno>
#include <cstring>

namespace ketrew {

tl::unexpected<Error> fail_errno(const std::string& doing, int errno_value) {
  ErrorKind kind = ErrorKind::internal;
  switch (errno_value) {
    case ENOENT:
    case ENOTDIR: kind = ErrorKind::not_found; break;
    case EACCES:
    case EPERM:
    case EROFS: kind = ErrorKind::denied; break;
    case EEXIST: kind = ErrorKind::conflict; break;
    case ENOSPC:
    case EDQUOT:
    case EMFILE:
    case ENFILE:
    case EAGAIN:
    case ENOMEM:
    case ECONNREFUSED: kind = ErrorKind::unavailable; break;
    case ETIMEDOUT: kind = ErrorKind::timeout; break;
    case EINVAL:
    case ENAMETOOLONG:
    case EISDIR: kind = ErrorKind::invalid; break;
    default: break;
  }
  char buffer[128];
  return fail(kind, doing + ": " + strerror_r(errno_value, buffer, sizeof buffer));
}

const char* to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::invalid: return "invalid";
    case ErrorKind::not_found: return "not-found";
    case ErrorKind::ambiguous: return "ambiguous";
    case ErrorKind::conflict: return "conflict";
    case ErrorKind::denied: return "denied";
    case ErrorKind::unavailable: return "unavailable";
    case ErrorKind::timeout: return "timeout";
    case ErrorKind::corrupt: return "corrupt";
    case ErrorKind::internal: return "internal";
  }
  return "internal";
}

}  // namespace ketrew
