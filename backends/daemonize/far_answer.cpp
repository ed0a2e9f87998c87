#include "backends/daemonize/far_answer.hpp"

#include <array>

#include "core/base/text.hpp"
#include "core/host/exit_record.hpp"
#include "core/host/playground.hpp"

namespace ketrew::daemonize {
namespace {

template <class Value, std::size_t N>
bool pick(std::string_view text, const std::array<std::pair<std::string_view, Value>, N>& table,
          Value& into) {
  for (const auto& [word, value] : table)
    if (word == text) {
      into = value;
      return true;
    }
  return false;
}

constexpr std::array<std::pair<std::string_view, FarWord>, 9> words = {{
    {"launched", FarWord::launched},
    {"existing", FarWord::existing},
    {"tombstone", FarWord::tombstone},
    {"failed", FarWord::failed},
    {"here", FarWord::here},
    {"absent", FarWord::absent},
    {"unknown", FarWord::unknown},
    {"sent", FarWord::sent},
    {"over", FarWord::over},
}};
constexpr std::array<std::pair<std::string_view, FarFile>, 4> files = {{
    {"here", FarFile::here},
    {"broken", FarFile::broken},
    {"absent", FarFile::absent},
    {"unreadable", FarFile::unreadable},
}};
constexpr std::array<std::pair<std::string_view, FarAlive>, 3> lives = {{
    {"yes", FarAlive::yes},
    {"no", FarAlive::no},
    {"unsure", FarAlive::unsure},
}};

// The first word of `rest`, which loses it and the space behind it.
std::string_view next_word(std::string_view& rest) {
  const auto end = std::min(rest.find(' '), rest.size());
  const auto word = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return word;
}

tl::unexpected<Error> broken(std::string_view line) {
  return fail(ErrorKind::corrupt, "not to be understood: \"" + one_line(line, 100) + "\"");
}

}  // namespace

Result<std::map<std::string, FarAnswer>> read_far_words(std::string_view text) {
  std::map<std::string, FarAnswer> answers;
  for (const auto& line : split(text, '\n')) {
    if (line.empty()) continue;
    std::string_view rest = line;
    if (next_word(rest) != "job") return broken(line);
    const std::string_view token = next_word(rest);
    FarAnswer answer;
    if (!host::is_token(token) || !pick(next_word(rest), words, answer.word)) return broken(line);
    answer.rest = rest;
    answers.insert_or_assign(std::string(token), std::move(answer));
  }
  return answers;
}

Result<FarLooks> read_far_looks(std::string_view text) {
  FarLooks looks;
  FarLook* look = nullptr;
  bool has_boot = false;
  for (const auto& line : split(text, '\n')) {
    if (line.empty()) continue;
    std::string_view rest = line;
    const std::string_view word = next_word(rest);
    if (word == "boot" && !has_boot) {
      looks.boot = rest;
      has_boot = true;
    } else if (word == "job" && has_boot && host::is_token(rest)) {
      look = &looks.jobs[std::string(rest)];
      *look = {};
    } else if (word == "exit" && look) {
      if (!pick(next_word(rest), files, look->exit)) return broken(line);
      look->exit_line = rest;
      look->whole = look->exit == FarFile::here;
    } else if (word == "claim" && look) {
      if (!pick(next_word(rest), files, look->claim)) return broken(line);
      look->claim_line = rest;
    } else if (word == "alive" && look) {
      if (!pick(rest, lives, look->alive)) return broken(line);
      look->whole = true;
    } else {
      return broken(line);
    }
  }
  if (!has_boot) return fail(ErrorKind::corrupt, "an answer without the boot id's line");
  return looks;
}

Observation judge(const FarLook& look, const std::string& host_boot, JobState& state,
                  std::int64_t now_ms, const std::string& where) {
  if (!look.whole) return observed::CannotTell{"the answer about it is not whole", {}};
  const auto gone = [&](std::string why) {
    return observed::Gone{{"looked at " + where, std::nullopt, std::move(why)}};
  };
  if (look.exit == FarFile::here) {
    const auto record = host::parse_exit(look.exit_line + "\n");
    if (record) return host::to_ended(*record, where + "/exit");
    return gone(record.error().what);
  }
  if (look.exit == FarFile::unreadable)
    return observed::CannotTell{"cannot read " + where + "/exit", {}};

  const auto claim = look.claim == FarFile::here ? host::parse_claim(look.claim_line + "\n")
                                                 : tl::unexpected<Error>(Error{});
  if (claim && claim->process.pid > 0) state.process = claim->process;
  if (claim && claim->by == "find") return gone("it was proven not to have started");
  const std::string& boot = state.process.boot;
  if (!boot.empty() && !host_boot.empty() && boot != host_boot)
    return gone("the machine was rebooted since it started; no exit file");
  if (look.alive == FarAlive::yes) return observed::Running{"running", {}};
  if (look.claim == FarFile::unreadable)
    return observed::CannotTell{"cannot read " + where + "/claim", {}};
  // The file of the claim is there a moment before its line is, and only the line names the process.
  const bool claiming = look.claim == FarFile::broken && state.process.pid == 0;
  const bool started = look.claim != FarFile::absent && !claiming;
  if (look.alive == FarAlive::unsure && (started || state.no_log_is_ok))
    return observed::Running{"running", {}};
  if (!started) {
    if (now_ms < state.asked_ms + state.starting_ms)
      return observed::Waiting{"started; its script has not claimed the job yet"};
    return gone(std::string(claiming ? "a claim that is not whole" : "no claim") +
                " and no exit file after the starting timeout");
  }
  if (look.exit == FarFile::broken)
    return gone("its process is over and its exit file is not whole");
  return gone("its process is over and there is no exit file");
}

}  // namespace ketrew::daemonize
