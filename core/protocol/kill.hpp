// `kill`: asks for the end of many jobs of one host. Its params are those of `update`.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/protocol/update.hpp"

namespace ketrew::protocol {

enum class KillWord : std::uint8_t { sent, already_over, cannot_tell };

struct KillAnswer {
  std::string token;
  KillWord answer = KillWord::cannot_tell;
  std::string why;  // with cannot_tell
  bool operator==(const KillAnswer&) const = default;
};

std::string_view to_string(KillWord word);                     // "already-over"
void append_kill(std::string& out, const KillAnswer& answer);  // one entry
std::string to_text(std::span<const KillAnswer> answers);      // the whole result
// One for each of `asked` and in that order, as `update_answer_from`.
std::vector<KillAnswer> kill_answer_from(std::string_view text, std::span<const std::string> asked);

}  // namespace ketrew::protocol
