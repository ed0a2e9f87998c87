#include "core/host/shell_answer.hpp"

#include <charconv>

#include "core/base/text.hpp"

namespace ketrew::host {

std::string frame_shell_text(std::string_view text, std::string_view mark) {
  std::string out = "ketrew_main() {\n:\n";
  out += text;
  out += "\n}\nprintf 'ketrew-begin %s\\n' ";
  out += mark;
  out += "\nketrew_main </dev/null\nprintf '\\nketrew-end %s %s\\n' ";
  out += mark;
  out += " \"$?\"\n";
  return out;
}

Result<ShellOutput> read_shell_answer(const CommandOutput& output, std::string_view mark,
                                      const std::string& host) {
  const std::string begin = "ketrew-begin " + std::string(mark) + "\n";
  const std::string end = "\nketrew-end " + std::string(mark) + " ";
  const auto first = output.out.find(begin);
  const auto last = output.out.rfind(end);
  ShellOutput answer;
  if (first != std::string::npos && last != std::string::npos && last + 1 >= first + begin.size()) {
    const std::string_view rest = std::string_view(output.out).substr(last + end.size());
    const auto [stop, error] =
        std::from_chars(rest.data(), rest.data() + rest.size(), answer.exit_code);
    if (error == std::errc() && stop != rest.data() + rest.size() && *stop == '\n' && !output.cut) {
      const std::size_t from = first + begin.size();
      answer.out = last > from ? output.out.substr(from, last - from) : "";
      answer.err = output.err;
      return answer;
    }
  }
  std::string words = one_line(output.err);
  if (output.timed_out)
    return fail(ErrorKind::timeout,
                host + " did not answer in time" + (words.empty() ? "" : ": " + words));
  if (output.cut) return fail(ErrorKind::corrupt, host + " answered more than can be taken");
  if (words.empty())
    words = output.exit_code ? "exit code " + std::to_string(*output.exit_code)
                             : "signal " + std::to_string(output.signal.value_or(0));
  return fail(ErrorKind::unavailable, host + ": " + words);
}

std::vector<Result<std::string>> read_files_answer(std::string_view answer,
                                                   std::span<const std::string> paths,
                                                   const std::string& host) {
  std::vector<Result<std::string>> results;
  for (const auto& path : paths) {
    const auto line_end = answer.find('\n');
    const std::string_view line = answer.substr(0, line_end);
    answer.remove_prefix(std::min(answer.size(), line.size() + 1));
    std::size_t size = 0;
    if (line.substr(0, 5) == "here ") {
      const auto [stop, error] = std::from_chars(line.data() + 5, line.data() + line.size(), size);
      if (error == std::errc() && stop == line.data() + line.size() && size < answer.size() &&
          answer[size] == '\n') {
        results.emplace_back(std::string(answer.substr(0, size)));
        answer.remove_prefix(size + 1);
        continue;
      }
      answer = {};  // from here on nothing can be trusted
    }
    if (line == "absent" && line_end != std::string_view::npos) {
      results.emplace_back(fail(ErrorKind::not_found, host + ": no file " + path));
    } else {
      results.emplace_back(fail(ErrorKind::unavailable, host + ": cannot read " + path));
    }
  }
  return results;
}

}  // namespace ketrew::host
