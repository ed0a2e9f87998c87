#include "backends/mock/behaviour.hpp"

#include <cstdlib>
#include <thread>

#include <ketrew/backend.hpp>
#include <unistd.h>

namespace ketrew::mock {
namespace {

// Where the host keeps its end of the protocol: no backend should know, this one wants to spoil it.
constexpr int protocol_output = 11;

bool has(const std::vector<std::string>& methods, std::string_view method) {
  return std::find(methods.begin(), methods.end(), method) != methods.end();
}

std::vector<std::string> words(const Json& options, const char* key) {
  return options.value(key, std::vector<std::string>{});
}

}  // namespace

bool Behaviour::repaired() const { return !repair.empty() && access(repair.c_str(), F_OK) == 0; }

Behaviour behaviour_from(const Json& options) {
  Behaviour out;
  out.crash_in = words(options, "crash_in");
  out.hang_in = words(options, "hang_in");
  out.garbage_in = words(options, "garbage_in");
  out.crash_after_effect = options.value("crash_after_effect", false);
  out.on_kill = options.value("on_kill", std::string("end"));
  out.repair = options.value("repair", std::string());
  if (const auto slow = sdk::duration_option(options, "slow_by"); slow && *slow)
    out.slow_by_ms = (*slow)->count();
  return out;
}

void misbehave(const Behaviour& behaviour, std::string_view method) {
  const bool quiet = behaviour.slow_by_ms == 0 && behaviour.crash_in.empty() &&
                     behaviour.hang_in.empty() && behaviour.garbage_in.empty();
  if (quiet || behaviour.repaired()) return;
  if (behaviour.slow_by_ms > 0)
    std::this_thread::sleep_for(std::chrono::milliseconds(behaviour.slow_by_ms));
  if (has(behaviour.garbage_in, method)) {
    static constexpr std::string_view garbage = "\xff\xfe{]]\x01 no message\n";
    if (write(protocol_output, garbage.data(), garbage.size()) < 0) std::abort();
  }
  if (has(behaviour.crash_in, method)) std::abort();
  while (has(behaviour.hang_in, method)) std::this_thread::sleep_for(std::chrono::hours(1));
}

}  // namespace ketrew::mock
