#include "backends/pbs/values.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "core/base/text.hpp"

namespace ketrew::pbs {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (true) {
    text = trim(text);
    if (text.empty()) return words;
    const auto end = std::min(text.find(' '), text.size());
    words.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

// Numbers between colons, none negative.
std::optional<std::vector<long>> colons(std::string_view text) {
  std::vector<long> numbers;
  for (const auto& part : split(text, ':')) {
    const auto number = to_number(part);
    if (!number || *number < 0 || *number > 1'000'000'000) return std::nullopt;
    numbers.push_back(*number);
  }
  return numbers;
}

struct IdParts {
  std::string_view number, server;
};
std::optional<IdParts> id_parts(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size() && is_digit(text[end])) ++end;
  if (end == 0 || end > 18) return std::nullopt;
  if (end < text.size() && text[end] == '[') {
    for (++end; end < text.size() && is_digit(text[end]);) ++end;
    if (end == text.size() || text[end] != ']') return std::nullopt;
    ++end;
  }
  if (end == text.size()) return IdParts{text, {}};
  if (text[end] != '.') return std::nullopt;
  const std::string_view server = text.substr(end + 1);
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '.' ||
           c == '-' || c == '_';
  };
  if (server.empty() || server.size() > 255 || !std::all_of(server.begin(), server.end(), fits))
    return std::nullopt;
  return IdParts{text.substr(0, end), server};
}

}  // namespace

std::optional<long> to_number(std::string_view text) {
  long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size())
    return std::nullopt;
  return value;
}

std::optional<Wall> to_time(std::string_view text) {
  const auto words = words_of(text);
  if (words.size() != 5) return std::nullopt;
  const auto month = std::find(months.begin(), months.end(), words[1]);
  const auto day = to_number(words[2]), year = to_number(words[4]);
  const auto clock = colons(words[3]);
  if (month == months.end() || !day || !year || !clock || clock->size() != 3) return std::nullopt;
  if (*year < 1970 || *year > 9999 || *day < 1 || *day > 31) return std::nullopt;
  if ((*clock)[0] > 23 || (*clock)[1] > 59 || (*clock)[2] > 60) return std::nullopt;
  const std::chrono::year_month_day date(
      std::chrono::year(static_cast<int>(*year)),
      std::chrono::month(static_cast<unsigned>(month - months.begin()) + 1),
      std::chrono::day(static_cast<unsigned>(*day)));
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours((*clock)[0]) +
         std::chrono::minutes((*clock)[1]) + std::chrono::seconds((*clock)[2]);
}

std::optional<Milliseconds> to_duration(std::string_view text) {
  const auto numbers = colons(text);
  if (!numbers || numbers->size() > 4) return std::nullopt;
  constexpr std::array<long, 4> weight = {1, 60, 3600, 86400};
  long seconds = 0;
  for (std::size_t i = 0; i < numbers->size(); ++i)
    seconds += (*numbers)[numbers->size() - 1 - i] * weight[i];
  return std::chrono::seconds(seconds);
}

std::optional<std::int64_t> to_bytes(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size() && is_digit(text[end])) ++end;
  const auto number = to_number(text.substr(0, end));
  if (!number || *number > (1L << 50)) return std::nullopt;
  std::string unit(text.substr(end));
  for (char& c : unit)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  std::int64_t factor = 1;
  if (!unit.empty() && (unit.back() == 'b' || unit.back() == 'w')) {
    if (unit.back() == 'w') factor = 8;  // words
    unit.pop_back();
  }
  if (unit.size() > 1) return std::nullopt;
  if (!unit.empty()) {
    const auto power = std::string_view("kmgtp").find(unit.front());
    if (power == std::string_view::npos) return std::nullopt;
    for (std::size_t i = 0; i <= power; ++i) {
      if (factor > (std::int64_t{1} << 52)) return std::nullopt;
      factor <<= 10;
    }
  }
  if (*number > 0 && factor > (std::int64_t{1} << 62) / *number) return std::nullopt;
  return *number * factor;
}

std::string from_duration(Milliseconds value) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(value).count();
  const auto two = [](std::int64_t number) {
    return (number < 10 ? "0" : "") + std::to_string(number);
  };
  return two(seconds / 3600) + ":" + two(seconds / 60 % 60) + ":" + two(seconds % 60);
}

std::string node_names(std::string_view exec_host) {
  constexpr std::size_t most = 10;
  std::vector<std::string> names;
  for (const auto& part : split(exec_host, '+')) {
    const std::string name = part.substr(0, part.find('/'));
    if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end())
      names.push_back(name);
    if (names.size() > most) {
      names.back() = "...";
      break;
    }
  }
  return join(names, ", ");
}

bool is_job_id(std::string_view text) { return id_parts(text).has_value(); }

bool same_job(std::string_view a, std::string_view b) {
  if (a == b) return true;
  const auto left = id_parts(a), right = id_parts(b);
  if (!left || !right || left->number != right->number) return false;
  if (left->server.empty() || right->server.empty()) return true;
  const auto longer = left->server.size() > right->server.size() ? left->server : right->server;
  const auto shorter = left->server.size() > right->server.size() ? right->server : left->server;
  return longer.size() > shorter.size() && longer.substr(0, shorter.size()) == shorter &&
         longer[shorter.size()] == '.';
}

}  // namespace ketrew::pbs
