#include "backends/sdk/batch/marked_text.hpp"

#include <random>

namespace ketrew::sdk::batch {

std::string new_mark() {
  std::random_device random;
  return "ketrew-" + std::to_string((static_cast<std::uint64_t>(random()) << 32) | random());
}

std::map<std::string, std::vector<MarkedPiece>> read_marked(std::string_view text,
                                                            std::string_view mark) {
  std::map<std::string, std::vector<MarkedPiece>> jobs;
  const std::string begin = "\n" + std::string(mark) + " ";
  std::string token;
  std::vector<MarkedPiece> pieces;
  for (auto at = text.find(begin); at != std::string_view::npos;) {
    const auto head = at + begin.size();
    const auto line_end = text.find('\n', head);
    if (line_end == std::string_view::npos) break;  // cut
    at = text.find(begin, line_end);
    const std::string_view first = text.substr(head, line_end - head);
    if (first.substr(0, 4) == "job ") {
      token = first.substr(4);
      pieces.clear();
    } else if (first == "done") {
      if (!token.empty()) jobs.insert_or_assign(std::move(token), std::move(pieces));
      token.clear();
      pieces.clear();
    } else {
      // The line end before the next mark belongs to the mark.
      const auto from = line_end + 1;
      const auto to = at == std::string_view::npos ? text.size() : at;
      pieces.push_back({std::string(first), std::string(from < to ? text.substr(from, to - from)
                                                                  : std::string_view())});
    }
  }
  return jobs;
}

}  // namespace ketrew::sdk::batch
