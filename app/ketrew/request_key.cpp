#include "app/ketrew/request_key.hpp"

#include <sys/random.h>

namespace ketrew::client {

std::string random_key() {
  unsigned char bytes[16];
  if (::getrandom(bytes, sizeof bytes, 0) != sizeof bytes) return "";
  constexpr std::string_view hex = "0123456789abcdef";
  std::string key;
  for (const unsigned char byte : bytes) {
    key += hex[byte >> 4];
    key += hex[byte & 15];
  }
  return key;
}

Try<bool> check_key(const std::string& key) {
  for (const char c : key)
    if (c <= ' ' || c > '~') return wrong_usage("--idempotency-key has more than plain characters");
  return true;
}

Stop with_key(Stop why, const std::string& key) {
  if (why.error.hint == "see: ketrewd status")
    why.error.hint =
        "whether it was accepted is not known; repeating it is safe with --idempotency-key " + key;
  return why;
}

}  // namespace ketrew::client
