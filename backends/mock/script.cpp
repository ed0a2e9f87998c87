#include "backends/mock/script.hpp"

#include <charconv>

namespace ketrew::mock {
namespace {

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

tl::unexpected<Error> wrong(std::string_view word) {
  return fail(ErrorKind::invalid, "the script has \"" + one_line(word, 60) + '"',
              "it is as waiting:2,running:3,ended:0");
}

const Evidence evidence{"mock script", 0, "as the job's options say"};

Result<Step> parse_step(std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::string_view word = text.substr(0, colon);
  const std::string_view value =
      colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1);
  if (word == "failed") {
    const auto failure = parse_failure_class(value);
    if (!failure) return wrong(text);
    observed::Ended ended{{}, {}, failure};
    ended.evidence = evidence;
    return Step{ended, 1};
  }
  const auto count = number(value);
  if (word == "ended" || word == "signal") {
    const std::uint64_t most = word == "ended" ? 255 : 127;
    if (!count || *count > most || (word == "signal" && *count == 0)) return wrong(text);
    observed::Ended ended{{}, {}, {}};
    (word == "ended" ? ended.exit_code : ended.signal) = static_cast<int>(*count);
    ended.evidence = evidence;
    return Step{ended, 1};
  }
  if (!value.empty() && (!count || *count == 0)) return wrong(text);
  const std::uint64_t times = count.value_or(1);
  if (word == "waiting") return Step{observed::Waiting{"pretended"}, times};
  if (word == "running") return Step{observed::Running{"running"}, times};
  if (word == "gone") return Step{observed::Gone{evidence}, times};
  if (word == "cannot-tell") return Step{observed::CannotTell{"pretended", evidence}, times};
  return wrong(text);
}

// The numbers that follow `word` as a word of its own.
std::vector<std::uint64_t> numbers_after(std::string_view text, std::string_view word) {
  std::vector<std::uint64_t> found;
  for (std::size_t at = text.find(word); at != std::string_view::npos;
       at = text.find(word, at + 1)) {
    if (at > 0 && std::isalnum(static_cast<unsigned char>(text[at - 1]))) continue;
    std::string_view rest = text.substr(at + word.size());
    const std::size_t space = rest.find_first_not_of(' ');
    if (space == 0 || space == std::string_view::npos) continue;
    rest.remove_prefix(space);
    const std::size_t end = rest.find_first_not_of("0123456789");
    if (const auto value = number(rest.substr(0, end))) found.push_back(*value);
  }
  return found;
}

}  // namespace

Result<Script> parse_script(std::string_view text) {
  Script script;
  for (const std::string& part : split(text, ',')) {
    auto step = parse_step(trim(part));
    if (!step) return pass(step.error());
    script.push_back(std::move(*step));
  }
  if (script.empty()) return wrong(text);
  return script;
}

const Observation& observation_at(const Script& script, std::uint64_t n) {
  for (const Step& step : script) {
    if (n < step.times) return step.observation;
    n -= step.times;
  }
  return script.back().observation;
}

Pretended pretend(const Program& program) {
  Pretended out;
  for (const Command& command : program.commands) {
    const std::string text = command.sh.empty() ? join(command.exec, " ") : command.sh;
    for (const std::uint64_t seconds : numbers_after(text, "sleep"))
      out.seconds += static_cast<std::int64_t>(std::min<std::uint64_t>(seconds, 1'000'000));
    for (const std::uint64_t code : numbers_after(text, "exit"))
      out.exit_code = static_cast<int>(code & 255);
    if (out.exit_code != 0) break;  // the commands after it would not run
  }
  return out;
}

}  // namespace ketrew::mock
