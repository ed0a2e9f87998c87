#include "backends/sge/accounting.hpp"

#include <charconv>

#include "backends/sge/states.hpp"
#include "core/base/text.hpp"

namespace ketrew::sge {
namespace {

constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";

template <class Number>
std::optional<Number> leading(std::string_view text) {
  Number number{};
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec != std::errc()) return std::nullopt;
  return number;
}

// "Sun Nov 22 06:58:46 2026", in UTC. "-/-" is none.
std::optional<Wall> time_of(std::string_view text) {
  std::vector<std::string> words;
  for (std::string& word : split(text, ' '))
    if (!word.empty()) words.push_back(std::move(word));
  if (words.size() != 5 || words[1].size() != 3 || words[3].size() != 8) return std::nullopt;
  const std::size_t month = months.find(words[1]);
  const auto day = leading<unsigned>(words[2]);
  const auto year = leading<int>(words[4]);
  const auto hour = leading<int>(words[3].substr(0, 2)), minute = leading<int>(words[3].substr(3, 2)),
             second = leading<int>(words[3].substr(6, 2));
  if (month == std::string_view::npos || month % 3 != 0 || !day || !year || !hour || !minute ||
      !second || *year < 1970 || *year > 9999)
    return std::nullopt;
  using namespace std::chrono;
  const year_month_day date(std::chrono::year{*year},
                            std::chrono::month(static_cast<unsigned>(month) / 3 + 1),
                            std::chrono::day(*day));
  if (!date.ok()) return std::nullopt;
  return sys_days(date) + hours(*hour) + minutes(*minute) + seconds(*second);
}

// "4.289KB", "3.320MB", "0.000B".
std::optional<std::int64_t> bytes_of(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number < 0 || number > 1e15) return std::nullopt;
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  double factor = 1;
  if (unit == "KB") factor = 1024.0;
  else if (unit == "MB") factor = 1024.0 * 1024;
  else if (unit == "GB") factor = 1024.0 * 1024 * 1024;
  else if (unit == "TB") factor = 1024.0 * 1024 * 1024 * 1024;
  else if (unit != "B") return std::nullopt;
  return static_cast<std::int64_t>(number * factor);
}

// The value of one resource in "-l h_rt=5,h_vmem=1G -pe smp 2".
std::string asked_for(std::string_view category, std::string_view resource) {
  for (const std::string& word : split(category, ' '))
    for (const std::string& part : split(word, ','))
      if (part.size() > resource.size() && part.compare(0, resource.size(), resource) == 0 &&
          part[resource.size()] == '=')
        return part.substr(resource.size() + 1);
  return {};
}

void take(AccountingRecord& record, std::string_view name, std::string_view value) {
  if (name == "jobnumber") record.id = value;
  else if (name == "jobname") record.name = value;
  else if (name == "hostname") record.host = value;
  else if (name == "start_time") record.started = time_of(value);
  else if (name == "end_time") record.ended = time_of(value);
  else if (name == "failed") {
    record.failed = leading<int>(value);
    const std::size_t colon = value.find(':');
    if (colon != std::string_view::npos) record.failed_words = trim(value.substr(colon + 1));
  } else if (name == "exit_status") record.exit_status = leading<int>(value);
  else if (name == "ru_wallclock") record.wallclock_seconds = leading<double>(value);
  else if (name == "cpu") {
    if (const auto seconds = leading<double>(value); seconds && *seconds >= 0 && *seconds < 1e12)
      record.usage["cpu_ms"] = static_cast<std::int64_t>(*seconds * 1000);
  } else if (name == "maxvmem") {
    if (const auto bytes = bytes_of(value)) record.usage["max_vmem_bytes"] = *bytes;
  } else if (name == "category") {
    record.category = value == "NONE" ? std::string_view() : value;
    record.whole = true;  // the last line of a record
  }
}

std::string code_words(const AccountingRecord& record) {
  std::string words = "failed " + std::to_string(*record.failed);
  if (!record.failed_words.empty()) words += " (" + record.failed_words + ")";
  return words + ", exit_status " + std::to_string(*record.exit_status);
}

}  // namespace

std::vector<AccountingRecord> read_accounting(std::string_view text) {
  std::vector<AccountingRecord> records;
  bool open = false;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) break;  // a line without its end was cut
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (line.size() > 20 && line.find_first_not_of('=') == std::string_view::npos) {
      records.emplace_back();
      open = true;
      continue;
    }
    if (!open) continue;
    const std::size_t blank = line.find(' ');
    if (blank == std::string_view::npos) continue;
    take(records.back(), line.substr(0, blank), trim(line.substr(blank)));
    if (records.back().whole) open = false;
  }
  return records;
}

std::optional<End> end_of(const AccountingRecord& record) {
  if (!record.whole || !record.failed || !record.exit_status || *record.exit_status < 0 ||
      *record.exit_status > 255)
    return std::nullopt;
  const FailedCode* code = failed_code(*record.failed);
  if (!code || code->run == Run::again) return std::nullopt;
  End end;
  observed::Ended& ended = end.ended;
  ended.started_at = record.started;
  ended.ended_at = record.ended;
  ended.usage = record.usage;
  ended.evidence = {"qacct -j " + record.id, 0, code_words(record)};
  const int status = *record.exit_status;
  switch (code->run) {
    case Run::ended: ended.exit_code = status; break;
    case Run::never_ran:
      end.never_ran = true;
      ended.failure = FailureClass::never_started;
      ended.message = "it never ran: " + std::string(code->words);
      break;
    case Run::broken:
      ended.failure = FailureClass::node;
      ended.message = code->words;
      break;
    case Run::over_limit: {
      if (status > 128) ended.signal = status - 128;
      // One code for three limits. A memory limit was it where h_vmem alone was asked for, or the
      // job used that much.
      const std::string memory = asked_for(record.category, "h_vmem");
      const bool no_time = asked_for(record.category, "h_rt").empty() &&
                           asked_for(record.category, "h_cpu").empty();
      ended.failure = !memory.empty() && no_time ? FailureClass::out_of_memory
                                                 : FailureClass::wall_time;
      ended.message = code->words;
      break;
    }
    case Run::signalled:
      if (status > 128 && status - 128 <= 64) ended.signal = status - 128;
      else ended.exit_code = status;
      // The script and all below it at once: that is how qdel ends a job. A program that is killed
      // alone leaves its script alive, which then ends by itself (failed 0).
      if (ended.signal == 9) {
        ended.failure = FailureClass::cancelled_outside;
        ended.message = "killed with its script: by qdel, or by whoever rules the machine";
      } else if (!ended.signal && status == 0) {
        ended.exit_code.reset();
        ended.failure = FailureClass::node;
        ended.message = code->words;
      }
      break;
    case Run::again: return std::nullopt;
  }
  return end;
}

}  // namespace ketrew::sge
