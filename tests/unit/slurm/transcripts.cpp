#include "tests/unit/slurm/transcripts.hpp"

#include <charconv>
#include <filesystem>
#include <stdexcept>

#include "core/base/file.hpp"
#include "core/base/text.hpp"

namespace ketrew::slurm {
namespace {

// "--- stdout (22 bytes)" and those bytes; where the output had no line end, "<no newline>" is
// behind it. Some outputs were shortened or replaced in after: the next heading is looked for.
std::string take_block(std::string_view& text, std::string_view heading, std::string_view next) {
  const auto at = text.find(heading);
  if (at == std::string_view::npos) return {};
  text.remove_prefix(text.find('\n', at) + 1);
  const std::size_t end = text.substr(0, next.size()) == next
                              ? 0
                              : text.find("\n" + std::string(next)) + 1;
  std::string block(text.substr(0, end));
  text.remove_prefix(end);
  constexpr std::string_view no_end = "<no newline>\n";
  if (block.size() >= no_end.size() && block.substr(block.size() - no_end.size()) == no_end)
    block.resize(block.size() - no_end.size());
  return block;
}

}  // namespace

std::vector<Recorded> transcripts(const std::string& only) {
  std::vector<Recorded> all;
  for (const auto& entry : std::filesystem::directory_iterator(KETREW_TRANSCRIPTS)) {
    const std::string name = entry.path().filename();
    if (entry.path().extension() != ".txt" || (!only.empty() && name != only)) continue;
    const std::string file = read_file(entry.path()).value_or("");
    std::string_view text = file;
    for (auto at = text.find("\n$ "); at != std::string_view::npos; at = text.find("\n$ ")) {
      text.remove_prefix(at + 3);
      Recorded one{name, std::string(text.substr(0, text.find("\n--- stdout"))), {}};
      one.output.out = take_block(text, "--- stdout", "--- stderr");
      one.output.err = take_block(text, "--- stderr", "--- exit ");
      constexpr std::string_view exit = "--- exit ";
      const auto code = text.find(exit);
      if (code != std::string_view::npos)
        std::from_chars(text.data() + code + exit.size(), text.data() + text.size(),
                        one.output.exit_code);
      all.push_back(std::move(one));
    }
  }
  if (all.empty()) throw std::runtime_error("no transcripts in " KETREW_TRANSCRIPTS);
  return all;
}

}  // namespace ketrew::slurm
